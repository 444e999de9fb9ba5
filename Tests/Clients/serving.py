"""A `kindling serve` of one's own: the real program and a real engine, on free ports, in an environment with nothing
else. Ending it is a promise, too: exit code 0, and no process left of those that it started.
"""

import atexit
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

KINDLING = os.environ.get("CLIENT_TEST_KINDLING", "")
ENGINE = os.environ.get("ENGINE_TEST_PROGRAM", "")
MODEL_FILE = os.environ.get("ENGINE_TEST_MODEL", "")
MODEL_SHA256 = os.environ.get("ENGINE_TEST_MODEL_SHA256", "")

# Two noisy cores start a debug build, verify 250 MB and load them: seconds as a rule, and no promise of these tests.
PATIENCE = 60

_running = set()


class Serve:
    """A running server, from start to `end`."""

    def __init__(self, *, store=None, gate=None, arguments="", **environment):
        """
        store: the Ollama store that holds the model; without one the model is named by its file
        gate: a Gate, before which the engine waits
        arguments: for the engine
        environment: settings in addition, or None to leave one of the usual ones out
        """
        self.home = tempfile.mkdtemp(prefix="kindling-clients-")
        self.started = None
        settings = {
            "PATH": "/usr/bin:/bin",
            "HOME": self.home,
            "KINDLING_PORT": "0",
            "KINDLING_ENGINE": "llama-server",
            "KINDLING_ENGINE_PROGRAM": gate.program(self.home) if gate else ENGINE,
            "KINDLING_MODEL": store.model if store else MODEL_FILE,
            "KINDLING_CONTEXT_LENGTH": "2048",
            "KINDLING_START": "lazy",
            "KINDLING_ENGINE_ARGUMENTS": arguments,
            "OLLAMA_MODELS": store.folder if store else None,
        } | environment
        self.model = store.model if store else Path(MODEL_FILE).stem
        self.log = Path(self.home, "log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [KINDLING, "serve"], env={name: text for name, text in settings.items() if text},
                stdout=log, stderr=subprocess.STDOUT,
            )
        _running.add(self)
        try:
            until(lambda: self.listening() or self.process.poll() is not None, "the server listens", self)
            self.port = int(self.listening()[0])
        except BaseException:
            self.end()
            raise
        self.url = f"http://127.0.0.1:{self.port}"

    def listening(self):
        return re.findall(r"listening on http://[0-9.]+:(\d+)", self.logged())

    def logged(self):
        return self.log.read_text(errors="replace")

    def call(self, method, path, body=None, *, port=None, key=None):
        """One request on a connection of its own: status, headers, body (decoded, if it is JSON)."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        is_json = (response.getheader("Content-Type") or "").startswith("application/json")
        return response.status, response.headers, json.loads(content) if is_json else content.decode()

    def status(self, path, port=None):
        return self.call("GET", path, port=port)[0]

    def metric(self, series, absent=None, key=None):
        """The value of one series; `absent` if there is none, which is an error if nothing was given for it."""
        _, _, text = self.call("GET", "/metrics", key=key)
        found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
        if not found and absent is None:
            raise AssertionError(f"/metrics has no {series}")
        return float(found[1]) if found else absent

    def terminate(self):
        """SIGTERM. What runs below it now is what must be gone in the end."""
        if self.started is None:
            self.started = descendants(self.process.pid)
            self.process.terminate()

    def end(self):
        """SIGTERM, unless it was sent, and the wait for the end. Says what was wrong with it, None if all was well."""
        self.terminate()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = f"none within {PATIENCE} s of SIGTERM"
        left = [pid for pid, began in self.started.items() if beginning(pid) == began]
        trouble = f"exit code {code}, processes left: {left}\n{self.logged()[-3000:]}" if code != 0 or left else None
        shutil.rmtree(self.home, ignore_errors=True)
        _running.discard(self)
        return trouble


@atexit.register
def end_all():
    """Where a run was broken off, no test's own end comes."""
    for server in list(_running):
        server.end()


class Gate:
    """Holds an engine back before it loads, until it is opened: a cold start that is as long as a test needs."""

    def __init__(self):
        self.path = None

    def program(self, folder):
        self.path = Path(folder, "gate")
        script = Path(folder, "llama-server")
        script.write_text(
            "#!/bin/sh\n"
            f"case \" $* \" in *' --port '*) while [ ! -e '{self.path}' ]; do sleep 0.05; done ;; esac\n"
            f"LD_LIBRARY_PATH='{Path(ENGINE).parent}' exec '{ENGINE}' \"$@\"\n"
        )
        script.chmod(0o755)
        return str(script)

    def open(self):
        self.path.touch()


class Store:
    """The model's file as a store of Ollama's, which is how images and volumes hold it."""

    model = "gemma3:270m"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="kindling-clients-")
        blobs = Path(self.folder, "blobs")
        blobs.mkdir()
        (blobs / f"sha256-{MODEL_SHA256}").symlink_to(MODEL_FILE)
        config = b'{"model_format":"gguf","model_family":"gemma3","model_type":"270M","file_type":"Q4_K_M"}'
        digest = subprocess.run(["sha256sum"], input=config, capture_output=True, check=True).stdout.split()[0].decode()
        (blobs / f"sha256-{digest}").write_bytes(config)
        manifest = Path(self.folder, "manifests/registry.ollama.ai/library/gemma3/270m")
        manifest.parent.mkdir(parents=True)
        manifest.write_text(json.dumps({
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "digest": f"sha256:{digest}", "size": len(config),
            },
            "layers": [{
                "mediaType": "application/vnd.ollama.image.model",
                "digest": f"sha256:{MODEL_SHA256}", "size": os.path.getsize(MODEL_FILE),
            }],
        }))

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def until(condition, what, server=None):
    """Waits for what is bound to come; how long it takes is nobody's promise."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what}\n{server.logged()[-3000:] if server else ''}")
        time.sleep(0.02)
    return value


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def is_open(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def beginning(pid):
    """When a process began, in ticks since boot; None if it is gone. It tells apart who had the same number."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def descendants(pid):
    """The processes below one, with their beginnings."""
    found, new = {}, [pid]
    while new:
        parent = new.pop()
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            for child in children.read_text().split():
                found[int(child)] = beginning(child)
                new.append(int(child))
    return found
