"""Shows that the checks find what they are there for: each of these mistakes, made in a copy, must be named.

    broken.py ROOT DOCKER-COMPOSE
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

QUEUE, SERVE = "Deploy/kubernetes/queue", "Deploy/kubernetes/serve"
KSERVE, MODAL = "Deploy/kserve/inferenceservice.yaml", "Deploy/modal/kindling_modal.py"
BOARD, RULES, COMPOSE = "Deploy/grafana/dashboards/kindling.json", "Deploy/prometheus/rules.yml", "docker-compose.yml"

# The check, the file, what stands there, what is put in its place, what the check must say.
MISTAKES = [
    ("manifests", f"{SERVE}/worker.yaml", "readinessProbe:", "readynessProbe:", "readynessProbe"),
    ("manifests", f"{SERVE}/worker.yaml", "replicas: 1", "replicas: one", "replicas"),
    ("manifests", f"{SERVE}/worker.yaml", "KINDLING_ACTIVE", "KINDLING_ACTIV", "KINDLING_ACTIV is no setting"),
    ("manifests", f"{SERVE}/worker.yaml", "RootFilesystem: true", "RootFilesystem: false", "Filesystem is not true"),
    ("manifests", f"{SERVE}/worker.yaml", "GracePeriodSeconds: 90", "GracePeriodSeconds: 30", "killed after 30 s"),
    ("manifests", f"{SERVE}/worker.yaml", "port: status}", "port: state}", "asks the port state"),
    ("manifests", f"{SERVE}/worker.yaml", "{name: tmp, mountPath", "{name: temp, mountPath", "no volume temp"),
    ("manifests", f"{SERVE}/worker.yaml", "claimName: kindling-models", "claimName: models", "no claim models"),
    ("manifests", f"{SERVE}/service.yaml", "selector: {app.kubernetes.io/name: kindling}", "selector: {app: kindling}",
     "selects no pod"),
    ("manifests", f"{SERVE}/kustomization.yaml", "service.yaml", "services.yaml", "services.yaml is not there"),
    ("manifests", f"{QUEUE}/scaling.yaml", "cooldownPeriod", "coolDownPeriod", "coolDownPeriod"),
    ("manifests", f"{QUEUE}/scaling.yaml", "valueLocation: jobs.inQueue", "valuePath: jobs.inQueue", "triggers.0"),
    ("manifests", f"{QUEUE}/scaling.yaml", "waiting + running", "waiting + runing", "runing, which is no trigger"),
    ("manifests", f"{QUEUE}/scaling.yaml", 'target: "4"', 'target: "8"', "a worker has 4 slots"),
    ("manifests", f"{QUEUE}/scaling.yaml", "http://kindling-queue/", "http://queue/", "no Service queue"),
    ("manifests", KSERVE, "maxReplicas", "maxReplica", "maxReplica"),
    ("manifests", KSERVE, "name: kserve-container", "name: worker", "predictor.containers"),
    ("manifests", KSERVE, "containerPort", "containrPort", "containerPort"),
    ("compose", COMPOSE, "stop_grace_period", "stop_grace_periods", "stop_grace_periods"),
    ("compose", COMPOSE, "STOP_GRACE_PERIOD:-40s", "STOP_GRACE_PERIOD:-10s", "killed after 10s"),
    ("compose", COMPOSE, "model_preloader: {condition: service_completed_successfully}",
     "model_preloader: {condition: service_started}", "does not wait for the success"),
    ("compose", COMPOSE, "KINDLING_ACTIVE", "KINDLING_ACTIV", "KINDLING_ACTIV is no setting"),
    ("compose", COMPOSE, "127.0.0.1:8000}", "8000}", "published beyond this machine"),
    ("compose", ".env.example", "HF_TOKEN=", "HF_TOKENS=", "HF_TOKEN is not explained"),
    ("compose", ".env.example", "QUEUE_LENGTH=64", "QUEUE_LENGTH=32", "QUEUE_LENGTH is shown as '32'"),
    ("compose", "docker-compose.gpu.yml", "driver: nvidia", "drivers: nvidia", "drivers"),
    ("dashboard", BOARD, '"legendFormat"', '"legendFormt"', "legendFormt"),
    ("dashboard", BOARD, '"unit": "percentunit"', '"unit": "percentunits"', "percentunits"),
    ("dashboard", BOARD, "$__rate_interval", "$__rate_intervall", "is no variable"),
    ("dashboard", BOARD, '"uid": "${datasource}"', '"uid": "prometheus"', "not the variable"),
    ("metrics", BOARD, "kindling_outbox_results", "kindling_outbox_result", "kindling_outbox_result is no metric"),
    ("metrics", RULES, "kindling_results_rejected_total", "kindling_rejected_total", "is no metric"),
    ("rules", RULES, "alert: KindlingJobsFail", "alerts: KindlingJobsFail", "alerts"),
    ("rule tests", RULES, "variation1d > 0.2", "variation1d > 0.5", "FAILED"),
    ("rule tests", RULES, "kindling_outbox_results > 0", "kindling_outbox_results > 5", "FAILED"),
    ("rule tests", RULES, "        for: 5m\n", "        for: 50m\n", "FAILED"),
    ("scrape configuration", "Deploy/prometheus/prometheus.yml", "job_name", "jobname", "jobname"),
    ("modal", MODAL, "scaledown_window", "scale_down_window", "scale_down_window"),
    ("modal", MODAL, "modal.web_server", "modal.webserver", "webserver"),
]


def command(check, copy, program):
    here = copy / "scripts/deploy"
    prometheus = copy / "Deploy/prometheus"
    return {
        "manifests": [sys.executable, here / "manifests.py", copy],
        "compose": [sys.executable, here / "compose.py", copy, program],
        "dashboard": [sys.executable, here / "dashboard.py", copy / BOARD],
        "metrics": [sys.executable, here / "metrics.py", copy],
        "modal": [sys.executable, here / "modal_file.py", copy],
        "rules": ["promtool", "check", "rules", prometheus / "rules.yml"],
        "rule tests": ["promtool", "test", "rules", prometheus / "rules.test.yml"],
        "scrape configuration": ["promtool", "check", "config", "--syntax-only", prometheus / "prometheus.yml"],
    }[check]


def main():
    root, program = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    unseen = []
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "copy"
        for part in ("Deploy", "scripts/deploy", "scripts/schemas", "Docs"):
            shutil.copytree(root / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for part in (COMPOSE, "docker-compose.gpu.yml", ".env.example"):
            shutil.copy(root / part, copy / part)
        for check, name, old, new, words in MISTAKES:
            path = copy / name
            text = path.read_text()
            if old not in text:
                unseen.append(f"{name}: {old!r} is not there to be broken")
                continue
            path.write_text(text.replace(old, new, 1))
            done = subprocess.run(command(check, copy, program), capture_output=True, text=True, check=False)
            path.write_text(text)
            if done.returncode == 0 or words not in done.stdout + done.stderr:
                unseen.append(f"{name}: {new!r} instead of {old!r} was not named: {(done.stdout + done.stderr)[-400:]}")
    for text in unseen:
        print(text, file=sys.stderr)
    print(f"{len(MISTAKES)} mistakes made in copies, {len(MISTAKES) - len(unseen)} named")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
