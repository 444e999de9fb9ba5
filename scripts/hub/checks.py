"""What must hold of hub.json and tests.json beyond their form. Each check takes a listing and gives sentences, each
with the place and what to do."""

from dataclasses import dataclass
from math import ceil
from typing import Any, Iterator

from . import memory
from .memory import Needs, Pool, Shape
from .settings import Setting

# The platform's own, with the API's name: Docs/RunPod.md has a rule for each.
OF_THE_ENDPOINT = {
    "flashboot", "workersMin", "workersMax", "idleTimeout", "scalerType", "scalerValue", "executionTimeoutMs",
    "networkVolumeId", "locations",
}
# Ollama asks for driver 550, which speaks CUDA 12.4 (docs.ollama.com/gpu).
LEAST_CUDA = (12, 4)
GPU_CHOICES = 3


@dataclass
class Listing:
    """All that is checked, and what it is checked against."""

    hub: dict
    tests: dict
    models: dict[str, dict]
    platform: dict
    settings: dict[str, Setting]

    @property
    def excluded(self) -> frozenset[str]:
        """GPUs that the listing takes out of its pools."""
        return frozenset(part[1:] for part in self.gpu_parts if part.startswith("-"))

    @property
    def gpu_parts(self) -> list[str]:
        return self.hub["config"]["gpuIds"].split(",")

    @property
    def pools(self) -> dict[str, Pool]:
        return memory.pools(self.platform, self.excluded)

    @property
    def inputs(self) -> dict[str, dict]:
        return {entry["key"]: entry["input"] for entry in self.hub["config"]["env"] if "input" in entry}

    def environment(self, defaults: dict) -> dict[str, str]:
        """What a worker gets: fixed values, the inputs' defaults, and over them those of a preset."""
        found = {}
        for entry in self.hub["config"]["env"]:
            given = entry["input"] if "input" in entry else {}
            value = defaults.get(entry["key"], given.get("default", entry.get("value", "")))
            found[entry["key"]] = as_text(value, given)
        return found

    def shape(self, environment: dict[str, str]) -> Shape:
        """Ours, by the program's own defaults where nothing is said."""
        return Shape(
            context=int(environment.get("KINDLING_CONTEXT_LENGTH") or 8192),
            slots=int(environment.get("KINDLING_CONCURRENCY") or 1),
            cache=environment.get("OLLAMA_KV_CACHE_TYPE") or "f16",
        )

    def needs(self, environment: dict[str, str]) -> Needs | None:
        model = self.models.get(environment.get("KINDLING_MODEL", ""))
        return memory.needs(model, self.shape(environment)) if model else None

    def presets(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The presets' environments, and that of somebody who chooses none."""
        yield "the defaults", self.environment({})
        for preset in self.hub["config"]["presets"]:
            yield f"the preset \"{preset['name']}\"", self.environment(preset["defaults"])


def as_text(value: Any, given: dict) -> str:
    """A value as the container's environment has it."""
    if isinstance(value, bool):
        return given.get("trueValue", "true") if value else given.get("falseValue", "false")
    return str(value)


def endpoint_fields(hub: Any) -> Iterator[str]:
    """Before the schema, which would only call them unknown."""
    config = hub.get("config") if isinstance(hub, dict) else None
    for place, members in (("hub.json", hub), ("hub.json's config", config)):
        for name in sorted(OF_THE_ENDPOINT & set(members if isinstance(members, dict) else {})):
            yield f"{place} has \"{name}\", which is the endpoint's to set; leave it to Docs/RunPod.md"


def variables(listing: Listing) -> Iterator[str]:
    keys = [entry["key"] for entry in listing.hub["config"]["env"]]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"hub.json: {key} is there twice"
    for key, given in listing.inputs.items():
        known = listing.settings.get(key)
        if known is None:
            yield (
                f"hub.json: {key} is no setting of the worker (Docs/Configuration.md) and none that it passes on"
                " (scripts/hub/settings.py)"
            )
            continue
        for value in offered(given):
            if problem := known.problem(value):
                yield f"hub.json: {problem}"
        if given["type"] == "number" and not given["min"] <= given["default"] <= given["max"]:
            yield f"hub.json: {key}'s default {given['default']} is not within its own {given['min']} to {given['max']}"
        options = [option["value"] for option in given.get("options", [])]
        if options and given.get("default") not in options:
            yield f"hub.json: {key} has a default that is not among its options"
    for entry in listing.hub["config"]["env"] + listing.tests["config"].get("env", []):
        if "value" not in entry:
            continue
        known = listing.settings.get(entry["key"])
        if problem := known.problem(entry["value"]) if known else f"{entry['key']} is no setting of the worker":
            yield f"hub.json or tests.json: {problem}"


def offered(given: dict) -> list[str]:
    """Every value that a user can come to without typing, and the ends of ranges."""
    values = [option["value"] for option in given.get("options", [])]
    values += [given[name] for name in ("trueValue", "falseValue") if name in given]
    if given["type"] == "number":
        values += [str(given["min"]), str(given["max"])]
    if "default" in given:
        values.append(as_text(given["default"], given))
    return values


def preset_values(listing: Listing) -> Iterator[str]:
    for preset in listing.hub["config"]["presets"]:
        place = f"hub.json: the preset \"{preset['name']}\""
        for key, value in preset["defaults"].items():
            given = listing.inputs.get(key)
            if given is None:
                yield f"{place} sets {key}, which is not among the inputs of env"
                continue
            wanted = {"number": int, "boolean": bool}.get(given["type"], str)
            if type(value) is not wanted:
                yield f"{place} gives {key} a value that is no {given['type']}"
            elif given["type"] == "number" and not given["min"] <= value <= given["max"]:
                yield f"{place} sets {key} to {value}, outside {given['min']} to {given['max']}"
            elif given.get("options") and value not in [option["value"] for option in given["options"]]:
                yield f"{place} sets {key} to \"{value}\", which is not among its options"


def fits(listing: Listing) -> Iterator[str]:
    """Whatever preset is chosen and whatever GPU of the listing's pools the worker gets: the model must fit."""
    for place, environment in listing.presets():
        needs = listing.needs(environment)
        if needs is None:
            model = environment.get("KINDLING_MODEL", "")
            yield f"hub.json: {place} has the model \"{model}\", whose figures are not in scripts/hub/models.json"
            continue
        for pool in chosen_pools(listing):
            if needs.total > pool.usable:
                yield (
                    f"hub.json: {place} needs {memory.gigabytes(needs.total)} of GPU memory, and {pool.name} has"
                    f" {memory.gigabytes(pool.usable)}: lower KINDLING_CONCURRENCY or KINDLING_CONTEXT_LENGTH, or take"
                    " the pool out of gpuIds"
                )
        model = listing.models[environment["KINDLING_MODEL"]]
        if listing.shape(environment).context > model["trainedContext"]:
            yield f"hub.json: {place} has more context than the {model['trainedContext']} its model was trained for"
        if listing.shape(environment).cache in memory.QUANTISED and environment.get("OLLAMA_FLASH_ATTENTION") != "1":
            yield f"hub.json: {place} has a quantised cache, which needs OLLAMA_FLASH_ATTENTION on"


def chosen_pools(listing: Listing) -> list[Pool]:
    return [listing.pools[part] for part in listing.gpu_parts if part in listing.pools]


def gpus(listing: Listing) -> Iterator[str]:
    known = listing.platform["pools"]
    parts = listing.gpu_parts
    everything = {gpu for name in parts if name in known for gpu in known[name]["gpus"]}
    for part in parts:
        if part.startswith("-"):
            if part[1:] not in everything:
                yield f"hub.json: gpuIds excludes \"{part[1:]}\", which is in none of its pools"
        elif part not in known:
            yield f"hub.json: gpuIds has the unknown pool \"{part}\"; known are {', '.join(known)}"
        elif part not in listing.pools:
            yield f"hub.json: gpuIds excludes every GPU of {part}; leave the pool out"
    if len([part for part in parts if not part.startswith("-")]) > GPU_CHOICES:
        yield f"hub.json: gpuIds has more than the {GPU_CHOICES} pools that an endpoint takes"
    for name, versions in (("hub.json", listing.hub), ("tests.json", listing.tests)):
        for version in versions["config"].get("allowedCudaVersions", []):
            if tuple(map(int, version.split("."))) < LEAST_CUDA:
                yield f"{name}: CUDA {version} is older than 12.4, which Ollama's least driver (550) brings"


def names(listing: Listing) -> Iterator[str]:
    """A preset's name says what its user has to choose, so it must be right."""
    for preset in listing.hub["config"]["presets"]:
        needs = listing.needs(listing.environment(preset["defaults"]))
        fitting = [pool.gigabytes for pool in listing.pools.values() if needs and needs.total <= pool.usable]
        ending = f"fits GPUs of {min(fitting)} GB" if fitting else ""
        if needs and not ending:
            yield f"hub.json: no GPU of any pool holds the preset \"{preset['name']}\""
        elif ending and not preset["name"].endswith(ending):
            yield f"hub.json: the preset \"{preset['name']}\" must end in \"{ending}\""


def disk(listing: Listing) -> Iterator[str]:
    """Room for the image with the largest preset's model baked in, and for what the worker writes."""
    needed = least_disk(listing)
    given = listing.hub["config"]["containerDiskInGb"]
    if given != needed:
        yield f"hub.json: containerDiskInGb is {given}, and reckoned are {needed}"


def least_disk(listing: Listing) -> int:
    parts = listing.platform["disk"]
    weights = [listing.models[e["KINDLING_MODEL"]]["bytes"] for _, e in listing.presets() if listing.needs(e)]
    # Waiting results and refused ones: KINDLING_OUTBOX_MEGABYTES is 1,024, outbox/rejected has 1 GB.
    written = 1.024 + 1.0
    total = parts["image"] + parts["worker"] + parts["scratch"] + max(weights, default=0) / 1e9 + written
    return ceil(total / 5) * 5


def hub_tests(listing: Listing) -> Iterator[str]:
    config = listing.tests["config"]
    sizes = [pool["gpus"][config["gpuTypeId"]] for pool in listing.platform["pools"].values()
             if config["gpuTypeId"] in pool["gpus"]]
    if not sizes:
        yield f"tests.json: gpuTypeId \"{config['gpuTypeId']}\" is no GPU of scripts/hub/platform.json"
        return
    environment = {entry["key"]: entry["value"] for entry in config.get("env", [])}
    needs = listing.needs(environment)
    usable = min(sizes) * 1e9 * memory.USABLE_SHARE
    if needs is None:
        yield "tests.json: KINDLING_MODEL must be a model of scripts/hub/models.json"
    elif needs.total > usable:
        yield f"tests.json: the tests need {memory.gigabytes(needs.total)}, and {config['gpuTypeId']} has less"
    named = [test["name"] for test in listing.tests["tests"]]
    for name in sorted({name for name in named if named.count(name) > 1}):
        yield f"tests.json: two tests are called {name}"
    kinds = {"prompt", "messages", "prompts", "embed", "warmup", "openai_route", "method_name"}
    for test in listing.tests["tests"]:
        if len(kinds & set(test["input"])) != 1:
            yield f"tests.json: {test['name']}'s input must have one of {', '.join(sorted(kinds))}"


ALL = (variables, preset_values, gpus, fits, names, disk, hub_tests)
