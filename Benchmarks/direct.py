#!/usr/bin/env python3
"""Spawn to first token with a warm page cache: `KINDLING_ENGINE=direct` beside llama-server as it starts by itself.

    python3 Benchmarks/direct.py KINDLING [--runs N]

Both run the same program with the same model, context and slots, in turns; medians, spread and their ratio (at most 0.75).
Of ours the time is read from its own timeline, from `engine.spawn` to the end of `first_token`, the worker's warm-up
included. Needs what scripts/demo fetches.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kindling"
MODEL = CACHE / "gemma-3-270m-q4_k_m.gguf"
CONTEXT = 8192


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def plain(engine):
    """llama-server with its defaults, asked every 2 ms whether it is ready."""
    port = free_port()
    command = [engine, "--host", "127.0.0.1", "--port", str(port), "-m", MODEL, "-c", str(CONTEXT), "-np", "1",
               "--no-webui", "--offline"]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | {"LD_LIBRARY_PATH": str(engine.parent)},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit(f"llama-server ended with {process.returncode}")
                time.sleep(0.002)
        body = json.dumps({"prompt": "Hi", "n_predict": 1}).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{port}/completion", data=body, timeout=60).read()
        return time.perf_counter() - began
    finally:
        process.kill()
        process.wait()


def ours(kindling, engine):
    with tempfile.TemporaryDirectory() as state:
        environment = os.environ | {
            "KINDLING_ENGINE": "direct", "KINDLING_ENGINE_PROGRAM": str(engine), "KINDLING_MODEL": str(MODEL),
            "KINDLING_CONTEXT_LENGTH": str(CONTEXT), "KINDLING_STATE": state, "KINDLING_LOG_FORMAT": "json",
        }
        job = json.dumps({"prompt": "Hi", "raw": True, "max_tokens": 1})
        run = subprocess.run([kindling, "run", "--input", job], env=environment, text=True, capture_output=True)
        if run.returncode:
            sys.exit(f"kindling run ended with {run.returncode}: {run.stderr[-2000:]}")
        starts = [json.loads(line) for file in Path(state).glob("starts-*.jsonl") for line in file.open()]
        phases = {phase["name"]: phase for phase in starts[-1]["start"]["phases"]}
        token = phases["first_token"]
        return (token["start_ms"] + token["ms"] - phases["engine.spawn"]["start_ms"]) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kindling", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    engines = sorted((CACHE / "engine").glob("**/bin/llama-server"))
    if not engines or not MODEL.exists():
        sys.exit("the engine or the model is missing; scripts/demo fetches them")
    figures = {"llama-server": [], "direct": []}
    for turn in range(options.runs + 1):
        pair = plain(engines[0]), ours(options.kindling.resolve(), engines[0])
        if turn:  # The first turn warms the page cache.
            figures["llama-server"].append(pair[0])
            figures["direct"].append(pair[1])
    for name, times in figures.items():
        print(f"{name:13} median {statistics.median(times):.3f} s ({min(times):.3f} to {max(times):.3f})")
    ratios = [ours / plain for plain, ours in zip(*figures.values())]
    print(f"ratio         median of pairs {statistics.median(ratios):.2f} (at most 0.75)")


if __name__ == "__main__":
    main()
