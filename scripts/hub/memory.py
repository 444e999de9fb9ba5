"""What a model needs of a GPU's memory, and which GPU pools have it.

The same arithmetic as the worker's own guard (Sources/ModelStore/Memory), so that a preset which passes here is not
refused there; Tests/ModelStoreTests/HubPresetTests compares the two to the byte.
"""

from dataclasses import dataclass

# Tokens that are computed at once, and the step in which llama.cpp makes caches.
BATCH = 512
CACHE_STEP = 256
# Beside the model: what Ollama sets aside for CUDA's context and kernels.
OVERHEAD = 457 << 20
# A driver keeps some hundred MB of each card for itself (an idle L4 reports 23.7 of its 24.2 GB as free), and the
# reckoning of a model is an estimate.
USABLE_SHARE = 0.95

# Bytes of a block of 32 numbers.
CACHE_TYPES = {
    "f32": 128, "f16": 64, "bf16": 64, "q8_0": 34, "q5_1": 24, "q5_0": 22, "q4_1": 20, "q4_0": 18, "iq4_nl": 18,
}
# llama.cpp refuses a cache of these types for values where flash attention is off.
QUANTISED = {name for name, size in CACHE_TYPES.items() if size < 64}


@dataclass(frozen=True)
class Shape:
    """What jobs are promised: tokens of context for each of so many jobs at a time, and how they are kept."""

    context: int
    slots: int
    cache: str


@dataclass(frozen=True)
class Needs:
    """Bytes, by what they are for."""

    weights: int
    cache: int
    compute: int
    overhead: int = OVERHEAD

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.compute + self.overhead


def needs(model: dict, shape: Shape) -> Needs:
    """What a model without sliding windows and recurrent layers needs; models.json has no others."""
    tokens = -(-shape.context // CACHE_STEP) * CACHE_STEP
    numbers = model["keyValueHeads"] * (model["keyLength"] + model["valueLength"])
    layer = -(-numbers // 32) * CACHE_TYPES[shape.cache] * tokens
    width = max(model["embedding"], model["heads"]) + model["feedForward"]
    return Needs(
        weights=model["bytes"],
        cache=layer * model["layers"] * shape.slots,
        compute=width * BATCH * 4 * 4 + tokens * BATCH * 2 + model["vocabulary"] * 4 * 2 * shape.slots,
    )


@dataclass(frozen=True)
class Pool:
    """A pool by what its smallest GPU has."""

    name: str
    gigabytes: int
    dollars_per_second: float

    @property
    def usable(self) -> int:
        return int(self.gigabytes * 1_000_000_000 * USABLE_SHARE)


def pools(platform: dict, excluded: frozenset[str] = frozenset()) -> dict[str, Pool]:
    """All pools; of a pool whose GPUs are all excluded nothing is left."""
    found = {}
    for name, entry in platform["pools"].items():
        sizes = [size for gpu, size in entry["gpus"].items() if gpu not in excluded]
        if sizes:
            found[name] = Pool(name, min(sizes), entry["dollarsPerSecond"])
    return found


def gigabytes(count: int) -> str:
    """As files are listed: 10^9 bytes."""
    return f"{count / 1e9:.1f} GB"
