"""What the four measurements share: the models, a served worker, a streaming client, medians and least squares."""

import http.client
import importlib.machinery
import importlib.util
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def module(path):
    """A neighbouring benchmark, which has no package to be imported from."""
    loader = importlib.machinery.SourceFileLoader(path.stem + "_benchmark", str(path))
    loaded = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(loaded)
    return loaded


sys.dont_write_bytecode = True
coldload = module(HERE.parent / "coldload/run")
registry = module(HERE.parent / "pull.py")

# The same weights in four sizes, the heaviest first.
MODELS = {
    "F32": coldload.MODEL,
    "F16": coldload.CACHE / "gemma-3-270m-f16.gguf",
    "Q8_0": coldload.CACHE / "gemma-3-270m-q8_0.gguf",
    "Q4_K_M": coldload.SOURCE,
}


def make_models():
    coldload.make_model()
    environment = coldload.CACHE / "gguf-venv"
    for kind, path in MODELS.items():
        if path.exists():
            continue
        if not (environment / "bin/python").exists():
            coldload.sh(sys.executable, "-m", "venv", environment)
            coldload.sh(environment / "bin/pip", "install", "-q", "--disable-pip-version-check", "gguf==0.19.0")
        coldload.say(f"writing the model's weights as {kind}")
        coldload.sh(environment / "bin/python", coldload.HERE / "dequantize.py", coldload.SOURCE, path, kind)
    # Pages that are still to be written cannot be dropped.
    os.sync()


# Files whose pages stayed although they were to be dropped, once for each time.
held = []


def drop(path):
    if not coldload.drop(path):
        held.append(path.name)


class Server:
    """`kindling serve` with an engine of its own; a `with` block long."""

    def __init__(self, options, model, **settings):
        self.program, self.port = options.kindling, coldload.free_port()
        self.state = tempfile.TemporaryDirectory()
        self.environment = os.environ | {
            "KINDLING_ENGINE": "llama-server", "KINDLING_ENGINE_PROGRAM": str(options.engine),
            "LD_LIBRARY_PATH": str(options.engine.parent), "KINDLING_MODEL": str(model),
            "KINDLING_PORT": str(self.port), "KINDLING_STATE": self.state.name, "KINDLING_LOG_FORMAT": "text",
            "KINDLING_LOG_LEVEL": "info",
        } | {f"KINDLING_{name.upper()}": str(value) for name, value in settings.items()}
        self.lines, self.changed = [], threading.Condition()

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.program, "serve"], env=self.environment, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self.read, daemon=True).start()
        try:
            self.wait("listening on")
            if self.environment.get("KINDLING_START") == "eager":
                # The last thing that an eager worker does before it takes jobs.
                self.wait("phase warmup ")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.state.cleanup()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()

    def wait(self, words):
        with self.changed:
            if not self.changed.wait_for(lambda: any(words in line for line in self.lines), 60):
                sys.exit(f"no \"{words}\" within a minute; the worker said:\n" + "".join(self.lines[-20:]))

    def answer(self, prompt, tokens=4, **fields):
        """Asks as an OpenAI client does, streaming. Seconds to the first text and to the end, as the client sees them,
        connecting included."""
        body = {"prompt": prompt, "max_tokens": tokens, "stream": True, "stream_options": {"include_usage": True}}
        begin, first, usage = time.perf_counter(), None, None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", "/openai/v1/completions", json.dumps(body | fields))
        for line in connection.getresponse():
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            if "choices" not in event:
                sys.exit(f"the worker answered {event}")
            if first is None and event["choices"] and event["choices"][0]["text"]:
                first = time.perf_counter() - begin
            usage = event.get("usage") or usage
        connection.close()
        if first is None or usage is None:
            sys.exit("an answer without text; the worker said:\n" + "".join(self.lines[-20:]))
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
        return {"first": first, "total": time.perf_counter() - begin, "tokens": usage["prompt_tokens"], "cached": cached}

    def job(self, job):
        """The answer to a native job, whole."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("POST", "/runsync", json.dumps({"input": job}))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


# Each is one token of the model's vocabulary with the blank before it.
WORDS = (
    "time year people way day man thing woman life child world school state family student group country problem hand "
    "part place case week company system program question work government number night point home water room mother "
    "area money story fact month lot right study book eye job word business issue side kind head house service friend "
    "father power hour game line end member law car city"
).split()


def prompt(tokens):
    """Words in an order that no earlier prompt had: an engine keeps the keys and values of the last prompts."""
    # One token more begins every text.
    return "".join(" " + random.choice(WORDS) for _ in range(tokens - 1))


def percentile(values, share):
    """A value that was measured: the least that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def milliseconds(seconds):
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:.1f} s"


def spread(values, show=milliseconds):
    return f"{show(statistics.median(values))} ({show(min(values))} to {show(max(values))})"


def least_squares(points):
    """The line through (x, y): its value at 0, its slope, and the share of the variance that it explains."""
    xs, ys = zip(*points)
    x, y = statistics.mean(xs), statistics.mean(ys)
    slope = sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a in xs)
    fixed = y - slope * x
    rest = sum((b - fixed - slope * a) ** 2 for a, b in points)
    total = sum((b - y) ** 2 for b in ys)
    return fixed, slope, 1 - rest / total if total else 1.0


def table(header, rows):
    return [coldload.row(*header), coldload.row(*["---"] * len(header))] + [coldload.row(*cells) for cells in rows] + [""]
