"""How load time goes with size: the same weights as F32, F16, Q8_0 and Q4_K_M, in four places."""

import shutil
import statistics
import tempfile
from pathlib import Path

import bench
from bench import MODELS, coldload

# Place: whether its pages are dropped first, and how `KINDLING_PREFETCH` is set.
PLACES = {
    "page cache": (False, "auto"), "local disk": (True, "auto"),
    "volume, engine alone": (True, "off"), "volume, prefetched": (True, "auto")}
# Bytes as published for Llama 3.1 8B.
LARGE = {"F16": 16.1e9, "Q8_0": 8.5e9, "Q4_K_M": 4.9e9}


def measure(options):
    times = {(place, kind): [] for place in PLACES for kind in MODELS}
    with tempfile.TemporaryDirectory() as work, coldload.Volume(Path(work), 1024) as volume:
        models = {kind: volume.folder / path.name for kind, path in MODELS.items()}
        for path in MODELS.values():
            shutil.copy(path, volume.data / path.name)
        for number in range(options.rounds):
            for place, (is_cold, mode) in PLACES.items():
                is_volume = place.startswith("volume")
                # Rounds on the volume take most of the time and vary least.
                if is_volume and number >= max(2, options.rounds - 2):
                    continue
                for kind, local in MODELS.items():
                    path = models[kind] if is_volume else local
                    (bench.drop if is_cold else coldload.warm)(path)
                    run = coldload.with_kindling(options.kindling, options.engine, path, mode)
                    times[place, kind].append(run["ready"])
                    coldload.say(f"  {place}, {kind}: {run['ready']:.2f} s")
    return times


def fits(times):
    """For each place: seconds that do not depend on the size, bytes a second, and how well that describes the medians.
    Infinite: larger ones did not take longer."""
    found = {}
    for place in PLACES:
        fixed, slope, share = bench.least_squares(
            [(path.stat().st_size, statistics.median(times[place, kind])) for kind, path in MODELS.items()])
        found[place] = fixed, 1 / slope if slope > 0 else float("inf"), share
    return found


def is_line(fit):
    """Whether the size explains most of the differences. On a fast disk it does not: they are noise."""
    return fit[2] >= 0.5 and fit[1] < float("inf")


def is_hidden(place, fit):
    """Whether the reading went on behind the engine's own start: no volume is faster than itself."""
    return place == "volume, prefetched" and fit[1] > coldload.TOTAL_RATE


def rate(place, fit):
    """Bytes a second that a larger model may count on; None where nobody knows."""
    if is_hidden(place, fit):
        return coldload.TOTAL_RATE
    return fit[1] if is_line(fit) else None


def shown_rate(place, fit):
    if is_hidden(place, fit):
        return "hidden"
    return f"{fit[1] / 1e9:.2f} GB/s" if is_line(fit) else "–"


def ratios(times, place):
    """F16 ÷ Q4_K_M: measured, and reckoned for the large model."""
    fit = fits(times)[place]
    measured = statistics.median(times[place, "F16"]) / statistics.median(times[place, "Q4_K_M"])
    bandwidth = rate(place, fit)
    if not bandwidth:
        return f"{measured:.1f}", "–"
    heavy, light = (fit[0] + LARGE[kind] / bandwidth for kind in ("F16", "Q4_K_M"))
    return f"{measured:.1f}", f"{heavy / light:.1f}"


def figures(times):
    """What the document quotes, by name."""
    named = {}
    for place, fit in fits(times).items():
        name = {"page cache": "cached", "local disk": "disk", "volume, engine alone": "alone"}.get(place, "prefetched")
        named[f"load.{name}.fixed"] = f"{fit[0]:.2f} s"
        named[f"load.{name}.bandwidth"] = shown_rate(place, fit)
        named[f"load.{name}.small"], named[f"load.{name}.large"] = ratios(times, place)
    return named


def report(times):
    sizes = {kind: path.stat().st_size for kind, path in MODELS.items()}
    found = fits(times)
    yield ("Seconds from the choice of the engine until it is ready, without the worker's own boot; medians. The volume is "
           "simulated (5 ms a request, 200 MB/s a stream, 1 GB/s in all, 1 MiB read ahead). The last columns are the line "
           "`fixed + bytes ÷ bandwidth` through the medians; where R² is below 0.5 the size explains little, and no "
           "bandwidth is given. Hidden: most of the reading went on while the engine started anyway, so that the line is "
           "flatter than the volume is fast; for larger models the volume's 1 GB/s is taken.")
    yield ""
    header = ["weights come from", *(f"{kind}, {size / 1e6:,.0f} MB" for kind, size in sizes.items()),
              "fixed", "bandwidth", "R²"]
    rows = []
    for place in PLACES:
        fixed, _, share = found[place]
        rows.append([place, *(f"{statistics.median(times[place, kind]):.2f}" for kind in MODELS),
                     f"{fixed:.2f} s",
                     shown_rate(place, found[place]), f"{share:.2f}"])
    yield from bench.table(header, rows)
    yield "What \"four times faster\" becomes:"
    yield ""
    claimed = sizes["F16"] / sizes["Q4_K_M"]
    large = LARGE["F16"] / LARGE["Q4_K_M"]
    rows = [["bytes, F16 ÷ Q4_K_M", f"{claimed:.1f}", f"{large:.1f}"]]
    rows += [[f"load time, {place}", *ratios(times, place)] for place in PLACES]
    yield from bench.table(["F16 ÷ Q4_K_M", "270M, measured", "8B, reckoned from the line"], rows)
    yield ("- Q4_K_M is not four bits a weight: this model keeps its large vocabulary table in eight, and comes to "
           f"{sizes['Q4_K_M'] * 16 / sizes['F16']:.1f} bits; an 8B model comes to {LARGE['Q4_K_M'] * 16 / LARGE['F16']:.1f}.")
    yield ("- Only the bytes scale. What is fixed (the engine's start, reading the vocabulary, the first empty run) is not "
           "shortened by any quantisation.")
    yield ("- On a processor each format also has its own work (repacking, the empty run over all weights), which the line "
           "counts as bytes.")
    yield ""
