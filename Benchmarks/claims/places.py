"""Weights baked into the image, on a volume, or downloaded at each start."""

import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import bench
import quantisation
from bench import MODELS, coldload, registry

RATE = 100e6
# A local NVMe disk as a sequential reader sees it. The disk under this benchmark is virtual and its host caches it.
NVME = 3e9
LARGE = {"8B, 4.9 GB": 4.9e9, "70B, 43 GB": 43e9}


class Limited(registry.Handler):
    """All connections together get so much, however many there are."""

    lock, free_at = threading.Lock(), 0.0

    def send_range(self, descriptor, position, end):
        while position < end:
            step = min(1 << 18, end - position)
            with Limited.lock:
                Limited.free_at = max(Limited.free_at, time.monotonic()) + step / RATE
                wait = Limited.free_at - time.monotonic()
            time.sleep(max(0, wait))
            super().send_range(descriptor, position, position + step)
            position += step


def measure(options):
    """Seconds of each download, and of the start that follows it."""
    pulls, starts = [], []
    with tempfile.TemporaryDirectory(dir=coldload.CACHE) as work:
        # The registry puts a file beside the blob.
        blob = Path(work) / "blob"
        blob.symlink_to(MODELS["F32"])
        server = registry.Registry(str(blob))
        server.RequestHandlerClass = Limited
        for _ in range(1 if options.quick else 2):
            store = Path(work) / "store"
            begin = time.monotonic()
            subprocess.run(
                [options.kindling, "pull", f"http://127.0.0.1:{server.port}/library/big:latest", "--insecure", "--quiet",
                 "--store", store], check=True, stdout=subprocess.DEVNULL)
            pulls.append(time.monotonic() - begin)
            model = Path(work) / "pulled.gguf"
            model.unlink(missing_ok=True)
            model.symlink_to(store / "blobs" / f"sha256-{server.digest}")
            starts.append(coldload.with_kindling(options.kindling, options.engine, model, "auto")["ready"])
            coldload.say(f"  pull {pulls[-1]:.2f} s, then {starts[-1]:.2f} s")
            shutil.rmtree(store)
        server.shutdown()
    return pulls, starts


def figures(pulls, starts, times):
    """What the document quotes, by name."""
    named = {f"places.{name}": f"{ready(times, place):.1f} s" for name, place in (
        ("baked", "local disk"), ("prefetched", "volume, prefetched"), ("alone", "volume, engine alone"))}
    named["places.download"] = f"{statistics.median(pulls) + statistics.median(starts):.1f} s"
    for way, rate in ways(pulls, times).items():
        small, large = (f"{fixed(times) + size / rate:,.0f} s" for size in LARGE.values())
        name = {"b": "baked", "d": "download"}.get(way[0], "prefetched" if "prefetched" in way else "alone")
        named |= {f"large.{name}.8b": small, f"large.{name}.70b": large}
    return named


def ready(times, place):
    return statistics.median(times[place, "F32"])


def fixed(times):
    """Seconds that no storage shortens, as the page cache shows them."""
    return max(0, quantisation.fits(times)["page cache"][0])


def ways(pulls, times):
    """Bytes a second of each way that weights take."""
    found = quantisation.fits(times)
    prefetched = min(found["volume, prefetched"][1], coldload.TOTAL_RATE)
    alone = found["volume, engine alone"][1]
    download = MODELS["F32"].stat().st_size / statistics.median(pulls)
    return {
        f"baked, NVMe at {NVME / 1e9:.0f} GB/s (assumed)": NVME,
        f"volume, prefetched, {prefetched / 1e9:.2f} GB/s": prefetched,
        f"volume, engine alone, {alone / 1e9:.2f} GB/s": alone,
        f"download at {download / 1e9:.2f} GB/s": download,
    }


def report(pulls, starts, times):
    size = MODELS["F32"].stat().st_size
    download = statistics.median(pulls)

    yield (f"The same model as F32, {size / 1e9:.2f} GB, with a cold page cache; a registry on this machine that sends "
           f"{RATE / 1e6:.0f} MB/s in all.")
    yield ""
    rows = [
        *([way, "–", *[f"{ready(times, place):.2f} s"] * 2] for way, place in (
            ("baked: local disk", "local disk"), ("volume, prefetched", "volume, prefetched"),
            ("volume, engine alone", "volume, engine alone"))),
        ["download at each start", f"{download:.2f} s", f"{statistics.median(starts):.2f} s",
         f"{download + statistics.median(starts):.2f} s"],
    ]
    yield from bench.table(["weights", "on local disk after", "then ready after", "together"], rows)
    yield (f"The download moved {size / download / 1e6:.0f} MB/s, verified. Its model is loaded from the page cache, "
           "where the download left it.")
    yield ""
    yield "Larger models, reckoned, not measured: `fixed + bytes ÷ rate`, with what was fixed above."
    yield ""
    rows = [[way, *(f"{fixed(times) + large / rate:,.0f} s" for large in LARGE.values())]
            for way, rate in ways(pulls, times).items()]
    yield from bench.table(["weights", *LARGE], rows)
