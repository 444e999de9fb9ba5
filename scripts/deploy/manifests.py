"""Kubernetes' files against its own schemas, strictly; KEDA's and KServe's kinds against ours; what no schema knows.

    manifests.py ROOT

Prints each thing that is wrong, and exits 1 if there is one. Needs kubernetes-validate and jsonschema.
"""

import json
import pathlib
import re
import sys

import jsonschema
import kubernetes_validate
import yaml

# Old enough for today's clusters, new enough for what the files use.
VERSION = "1.30"
# A pod's fields that stand beside KServe's own in a predictor.
POD_FIELDS = {"containers", "volumes", "nodeSelector", "tolerations", "serviceAccountName"}


class Manifests:
    def __init__(self, root):
        self.root = root
        self.wrong = []
        schemas = root / "scripts/schemas"
        self.schemas = {
            "ScaledObject": json.loads((schemas / "keda-scaledobject.schema.json").read_text()),
            "InferenceService": json.loads((schemas / "kserve-inferenceservice.schema.json").read_text()),
        }
        self.settings = known_settings(root)
        self.documents = []

    def say(self, path, text):
        self.wrong.append(f"{path.relative_to(self.root)}: {text}")

    def check(self):
        for path in sorted([*self.root.glob("Deploy/kubernetes/**/*.yaml"), *self.root.glob("Deploy/kserve/*.yaml")]):
            try:
                documents = list(yaml.safe_load_all(path.read_text()))
            except yaml.YAMLError as error:
                self.say(path, f"this is no YAML: {error}")
                continue
            for document in documents:
                self.check_document(path, document)
                self.documents.append((path, document))
        self.check_folders()
        self.check_names()
        return self.wrong

    def check_document(self, path, document):
        kind = document.get("kind")
        if kind == "Kustomization":
            return
        if kind in self.schemas:
            for error in jsonschema.Draft202012Validator(self.schemas[kind]).iter_errors(document):
                self.say(path, f"{'.'.join(map(str, error.absolute_path)) or kind}: {error.message}")
        else:
            self.validate(path, document)
        pod = pod_of(document)
        if pod and kind == "InferenceService":
            spec = {name: value for name, value in pod.items() if name in POD_FIELDS}
            self.validate(path, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "predictor"}, "spec": spec})
        for container in (pod or {}).get("containers", []):
            self.check_container(path, pod, container)

    def validate(self, path, document):
        try:
            kubernetes_validate.validate(document, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            self.say(path, f"{'.'.join(map(str, error.path))}: {error.message}")
        except kubernetes_validate.SchemaNotFoundError:
            kind, version = document.get("kind"), document.get("apiVersion")
            self.say(path, f"no schema for {kind} of {version}: add one to scripts/schemas")

    def check_container(self, path, pod, container):
        """What a schema cannot know: names of our settings, volumes, the promise of an ordinary user without rights."""
        where = f"container {container.get('name')}"
        for variable in container.get("env", []):
            name = variable.get("name", "")
            if name.startswith("KINDLING_") and name not in self.settings:
                self.say(path, f"{where}: {name} is no setting; Docs/Configuration.md has them")
        for mount in container.get("volumeMounts", []):
            if mount.get("name") not in {volume.get("name") for volume in pod.get("volumes", [])}:
                self.say(path, f"{where}: there is no volume {mount.get('name')}")
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            port = container.get(probe, {}).get("httpGet", {}).get("port")
            known = container.get("ports", [])
            ports = {entry.get("name") for entry in known} | {entry.get("containerPort") for entry in known}
            if port is not None and port not in ports:
                self.say(path, f"{where}: its {probe} asks the port {port}, which it has not")
        context = pod.get("securityContext", {}) | container.get("securityContext", {})
        promised = {"runAsNonRoot": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False}
        for name, value in promised.items():
            if context.get(name) is not value:
                self.say(path, f"{where}: {name} is not {str(value).lower()}")
        if context.get("capabilities", {}).get("drop") != ["ALL"]:
            self.say(path, f"{where}: it keeps capabilities")
        drain = variable_of(container, "KINDLING_DRAIN_SECONDS")
        grace = pod.get("terminationGracePeriodSeconds", pod.get("timeout"))
        if drain and (grace or 0) < int(drain) + 15:
            self.say(path, f"{where}: it is killed after {grace} s and drains for {drain} s; 15 s more are needed")

    def check_folders(self):
        """Each file is in its folder's kustomization, and each resource of one is there."""
        for path, document in self.documents:
            if document.get("kind") != "Kustomization":
                continue
            resources = {(path.parent / resource).resolve() for resource in document.get("resources", [])}
            for resource in resources:
                if not resource.exists():
                    self.say(path, f"{resource.name} is not there")
            for file in path.parent.glob("*.yaml"):
                if file.name != "kustomization.yaml" and file.resolve() not in resources:
                    self.say(path, f"{file.name} is not among its resources")

    def check_names(self):
        """What is referred to is there, in the folder or in the models' one."""
        claims = {d["metadata"]["name"] for _, d in self.documents if d.get("kind") == "PersistentVolumeClaim"}
        for path, document in self.documents:
            here = [d for p, d in self.documents if p.parent == path.parent]
            pods = [d["spec"]["template"] for d in here if d.get("kind") == "Deployment"]
            for volume in (pod_of(document) or {}).get("volumes", []):
                claim = volume.get("persistentVolumeClaim", {}).get("claimName")
                if claim and claim not in claims:
                    self.say(path, f"there is no claim {claim}")
            if document.get("kind") == "Service":
                selector = document["spec"]["selector"].items()
                if not any(selector <= pod["metadata"]["labels"].items() for pod in pods):
                    self.say(path, f"the service {document['metadata']['name']} selects no pod of this folder")
            if document.get("kind") == "Deployment":
                selector = document["spec"]["selector"]["matchLabels"].items()
                if not selector <= document["spec"]["template"]["metadata"]["labels"].items():
                    self.say(path, f"{document['metadata']['name']} does not select its own pods")
            if document.get("kind") == "ScaledObject":
                self.check_scaling(path, document, here)

    def check_scaling(self, path, document, here):
        spec = document.get("spec", {})
        target = spec.get("scaleTargetRef", {}).get("name")
        scaled = next((d for d in here if d.get("kind") == "Deployment" and d["metadata"]["name"] == target), None)
        if scaled is None:
            return self.say(path, f"there is no Deployment {target} in this folder")
        slots = variable_of(pod_of(scaled)["containers"][0], "KINDLING_CONCURRENCY") or "1"
        modifiers = spec.get("advanced", {}).get("scalingModifiers", {})
        if modifiers.get("target") != slots:
            self.say(path, f"the target is {modifiers.get('target')}, and a worker has {slots} slots")
        names = {trigger.get("name") for trigger in spec.get("triggers", [])}
        for name in re.findall(r"[a-z]+", modifiers.get("formula", "")):
            if name not in names:
                self.say(path, f"the formula speaks of {name}, which is no trigger")
        services = {d["metadata"]["name"] for d in here if d.get("kind") == "Service"}
        for trigger in spec.get("triggers", []):
            host = re.match(r"https?://([^/:]+)", trigger.get("metadata", {}).get("url", ""))
            if host and host[1] not in services:
                self.say(path, f"there is no Service {host[1]} in this folder")


def pod_of(document):
    """The pod's specification within a document, or None."""
    spec = document.get("spec") or {}
    if document.get("kind") == "InferenceService":
        return spec.get("predictor")
    return (spec.get("template") or {}).get("spec")


def variable_of(container, name):
    """The value that stands in the file, or None."""
    return next((entry.get("value") for entry in container.get("env", []) if entry.get("name") == name), None)


def known_settings(root):
    text = (root / "Docs/Configuration.md").read_text()
    return set(re.findall(r"KINDLING_[A-Z_]+", text))


def main():
    wrong = Manifests(pathlib.Path(sys.argv[1]).resolve()).check()
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
