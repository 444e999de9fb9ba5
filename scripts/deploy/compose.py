"""The compose files read by the real Docker Compose, with and without GPU and monitoring, and what it does not look at.

    compose.py ROOT DOCKER-COMPOSE

Prints each thing that is wrong, and exits 1 if there is one.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

MAIN, GPU = "docker-compose.yml", "docker-compose.gpu.yml"


def config(root, program, files, *flags, env_file=None):
    """Compose's own reading of the files, or its error."""
    command = [program, *(part for file in files for part in ("-f", str(root / file)))]
    command += ["--env-file", str(env_file or os.devnull), *flags, "config", "--format", "json"]
    # Nothing from this machine's environment may decide.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        return None, f"{' '.join(files)} {' '.join(flags)}: {done.stderr.strip()}"
    return json.loads(done.stdout), None


def seconds(duration):
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))


def variables(root):
    """Variables that the compose file takes with their defaults, and those of the example."""
    taken = dict(re.findall(r"\$\{([A-Z_]+):-([^${}]*)\}", (root / MAIN).read_text()))
    shown = dict(re.findall(r"^([A-Z_]+)=(.*)$", (root / ".env.example").read_text(), re.M))
    return taken, shown


def compare_variables(root):
    taken, shown = variables(root)
    # The default of OLLAMA_MODELS is KINDLING_MODEL, and of that the name.
    taken = {"OLLAMA_MODELS": "llama3.2:1b"} | taken | {"KINDLING_MODEL": ""}
    wrong = [f".env.example: {name} is not explained" for name in sorted(set(taken) - set(shown))]
    wrong += [f".env.example: {name} is not taken by {MAIN}" for name in sorted(set(shown) - set(taken))]
    wrong += [
        f".env.example: {name} is shown as {shown[name]!r}, and {taken[name]!r} holds without it"
        for name in sorted(set(shown) & set(taken)) if shown[name] != taken[name]
    ]
    return wrong


def check_services(root, project):
    wrong, services = [], project["services"]
    expected = {"ollama", "model_puller", "model_preloader", "worker", "prometheus", "grafana"}
    if set(services) != expected:
        return [f"{MAIN}: services are {', '.join(sorted(services))}"]
    for name, on in [("ollama", "model_puller"), ("model_preloader", "model_puller"), ("worker", "model_preloader")]:
        condition = services[name].get("depends_on", {}).get(on, {}).get("condition")
        if condition != "service_completed_successfully":
            wrong.append(f"{MAIN}: {name} does not wait for the success of {on}")
    worker = services["worker"]
    drain = int(worker["environment"]["KINDLING_DRAIN_SECONDS"])
    if seconds(worker.get("stop_grace_period", "10s")) < drain + 15:
        wrong.append(f"{MAIN}: the worker is killed after {worker.get('stop_grace_period')} and drains for {drain} s")
    if "health" not in worker.get("healthcheck", {}).get("test", []):
        wrong.append(f"{MAIN}: the worker's health check does not ask `kindling health`")
    settings = set(re.findall(r"KINDLING_[A-Z_]+", (root / "Docs/Configuration.md").read_text()))
    for name, service in services.items():
        unknown = [v for v in service.get("environment", {}) if v.startswith("KINDLING_") and v not in settings]
        wrong += [f"{MAIN}: {name}: {variable} is no setting; Docs/Configuration.md has them" for variable in unknown]
        for port in service.get("ports", []):
            if port.get("host_ip") != "127.0.0.1":
                wrong.append(f"{MAIN}: {name} is published beyond this machine by default")
        for mount in service.get("volumes", []):
            if mount["type"] == "bind" and not pathlib.Path(mount["source"]).exists():
                wrong.append(f"{MAIN}: {name}: {mount['source']} is not there")
        if service.get("image", "").startswith("kindling"):
            if not (service.get("read_only") and service.get("cap_drop") == ["ALL"]):
                wrong.append(f"{MAIN}: {name} may write to its system or keeps capabilities")
    if services["ollama"].get("ports"):
        wrong.append(f"{MAIN}: ollama is published, and it has no keys")
    return wrong


def main():
    root, program = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    wrong = compare_variables(root)
    projects = {}
    for files in ([MAIN], [MAIN, GPU]):
        for flags in ([], ["--profile", "monitoring"]):
            for env_file in (None, root / ".env.example"):
                project, error = config(root, program, files, *flags, env_file=env_file)
                if error:
                    wrong.append(error)
                projects[len(files), bool(flags), bool(env_file)] = project
    if all(projects.values()):
        wrong += check_services(root, projects[1, True, False])
        if projects[1, True, False] != projects[1, True, True]:
            wrong.append(".env.example: with it the services are others than without it")
        devices = [name for name, service in projects[2, False, False]["services"].items()
                   if service.get("deploy", {}).get("resources", {}).get("reservations", {}).get("devices")]
        if sorted(devices) != ["ollama", "worker"]:
            wrong.append(f"{GPU}: the GPU goes to {devices}")
        if "prometheus" in projects[1, False, False]["services"]:
            wrong.append(f"{MAIN}: monitoring runs without being asked for")
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
