"""The tables of Docs/RunPod.md that follow from hub.json and the platform's figures, so that they cannot go stale."""

from . import memory
from .checks import Listing

BEGIN, END = "<!-- {} -->\n\n", "\n\n<!-- end of {} -->"

# Bytes a second, and whose figure it is: Docs/ColdStarts.md measured the second and third on a simulated volume.
RATES = [("local disk", 3.0e9), ("volume, read ahead", 0.83e9), ("volume, engine alone", 0.26e9)]
# What a start does beside reading: Docs/ColdStarts.md measured half a second without a GPU; with one it is a guess.
FIXED_SECONDS = 5.0


def tables(listing: Listing) -> dict[str, str]:
    return {"presets": presets(listing), "cold starts": cold_starts(listing)}


def presets(listing: Listing) -> str:
    rows = ["| preset | weights | contexts | rest | in all | smallest pools that hold it |", "| --- " * 6 + "|"]
    for preset in listing.hub["config"]["presets"]:
        environment = listing.environment(preset["defaults"])
        needs, shape = listing.needs(environment), listing.shape(environment)
        if needs is None:
            continue
        fitting = [pool for pool in listing.pools.values() if needs.total <= pool.usable]
        least = min((pool.gigabytes for pool in fitting), default=0)
        names = ", ".join(f"`{pool.name}`" for pool in fitting if pool.gigabytes == least)
        contexts = f"{memory.gigabytes(needs.cache)} ({shape.slots} × {shape.context:,}, {shape.cache})"
        rest = memory.gigabytes(needs.compute + needs.overhead)
        name = preset["name"].split(",")[0]
        rows.append(
            f"| {name} | {memory.gigabytes(needs.weights)} | {contexts} | {rest} | {memory.gigabytes(needs.total)} |"
            f" {names} |"
        )
    return "\n".join(rows)


def cold_starts(listing: Listing) -> str:
    heads = [f"{name}, {rate / 1e9:g} GB/s" for name, rate in RATES]
    rows = [f"| preset, first pool that holds it | {' | '.join(heads)} |", "| --- " * (len(heads) + 1) + "|"]
    chosen = [part for part in listing.gpu_parts if part in listing.pools]
    for preset in listing.hub["config"]["presets"]:
        needs = listing.needs(listing.environment(preset["defaults"]))
        if needs is None:
            continue
        pool = listing.pools[next(name for name in chosen if needs.total <= listing.pools[name].usable)]
        cells = []
        for _, rate in RATES:
            seconds = FIXED_SECONDS + needs.weights / rate
            cells.append(f"{seconds:.0f} s, ${seconds * pool.dollars_per_second:.4f}")
        rows.append(f"| {preset['name'].split(',')[0]}, `{pool.name}` | {' | '.join(cells)} |")
    return "\n".join(rows)


def between(page: str, name: str) -> tuple[int, int]:
    """Where a table stands on the page; ValueError if its marks are missing."""
    start = page.index(BEGIN.format(name)) + len(BEGIN.format(name))
    return start, page.index(END.format(name), start)
