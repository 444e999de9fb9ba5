#!/usr/bin/env python3
"""How fast `kindling pull` is beside `curl | sha256sum`, what memory it takes, and what kills cost it.

A registry on loopback serves one large blob by range and counts the bytes that leave it.

    Benchmarks/pull.py KINDLING [--bytes N] [--runs N] [--kills N] [--parallel N] [--folder DIR]

Python 3, nothing else. The folder takes twice the bytes; one in memory (/dev/shm) measures the program, one on a disk
measures the disk.
"""

import argparse
import hashlib
import http.server
import json
import os
import random
import shutil
import signal
import socketserver
import statistics
import subprocess
import sys
import tempfile
import threading
import time


class Registry(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Serves the blobs of one model, by range, and counts."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, blob_path, rate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.rate = rate
        self.sent = 0
        self.lock = threading.Lock()
        config = b'{"model_format":"gguf","architecture":"amd64","os":"linux"}\n'
        self.files = {}
        size = os.path.getsize(blob_path)
        digest = hashlib.sha256()
        with open(blob_path, "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        self.digest = digest.hexdigest()
        self.files["sha256:" + self.digest] = blob_path
        config_path = blob_path + ".config"
        with open(config_path, "wb") as file:
            file.write(config)
        config_digest = "sha256:" + hashlib.sha256(config).hexdigest()
        self.files[config_digest] = config_path
        self.manifest = json.dumps({
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "digest": config_digest, "size": len(config)},
            "layers": [{
                "mediaType": "application/vnd.ollama.image.model",
                "digest": "sha256:" + self.digest, "size": size}],
        }).encode()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        pass  # a client that was killed is what this is about


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        name = self.path.rsplit("/", 1)[-1]
        if "/manifests/" in self.path:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.server.manifest)))
            self.end_headers()
            self.wfile.write(self.server.manifest)
            return
        path = self.server.files.get(name)
        if path is None:
            self.send_error(404)
            return
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            first, last = 0, size - 1
            if wanted := self.headers.get("Range"):
                low, high = wanted.removeprefix("bytes=").split("-")
                first, last = int(low), min(int(high or last), last)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(last - first + 1))
            self.end_headers()
            self.wfile.flush()
            self.send_range(file.fileno(), first, last + 1)

    def send_range(self, descriptor, position, end):
        while position < end:
            count = os.sendfile(self.connection.fileno(), descriptor, position, min(1 << 18, end - position))
            if count == 0:
                return
            position += count
            with self.server.lock:
                self.server.sent += count
            if self.server.rate:
                time.sleep(count / self.server.rate)


def run(command):
    """Seconds, and the peak memory in bytes of the process itself."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return seconds, usage.ru_maxrss * 1024


def pull(options, registry, store):
    return [
        options.kindling, "pull", f"http://127.0.0.1:{registry.port}/library/big:latest", "--insecure", "--quiet",
        "--store", store, "--parallel", str(options.parallel)]


def compare(options, blob, folder):
    registry = Registry(blob)
    url = f"http://127.0.0.1:{registry.port}/v2/library/big/blobs/sha256:{registry.digest}"
    store = os.path.join(folder, "store")
    ours, theirs, memory = [], [], []
    for _ in range(options.runs):
        seconds, _ = run(["sh", "-c", f"curl -s '{url}' | sha256sum"])
        theirs.append(seconds)
        shutil.rmtree(store, ignore_errors=True)
        seconds, peak = run(pull(options, registry, store))
        ours.append(seconds)
        memory.append(peak)
        check(store, registry)
    ratio = statistics.median(theirs) / statistics.median(ours)
    for name, times in (("curl | sha256sum", theirs), ("kindling pull", ours)):
        print(f"{name:18} median {statistics.median(times):.2f} s, "
              f"{options.bytes / statistics.median(times) / 1e6:.0f} MB/s, all "
              + " ".join(f"{value:.2f}" for value in times))
    print(f"speed against curl {ratio:.2f} (at least 0.8), peak memory {max(memory) / 1e6:.1f} MB (at most 40)")
    shutil.rmtree(store, ignore_errors=True)
    registry.shutdown()
    return ratio >= 0.8 and max(memory) <= 40e6


def kills(options, blob, folder):
    # Slowed so that there is time to be killed in: 8 connections of 50 MB/s.
    registry = Registry(blob, rate=50e6)
    store = os.path.join(folder, "killed")
    began = time.monotonic()
    alive = 0
    for _ in range(options.kills):
        process = subprocess.Popen(pull(options, registry, store))
        try:
            process.wait(timeout=random.uniform(0.05, 1.5 * options.bytes / 1e9 / options.kills * 8))
            break
        except subprocess.TimeoutExpired:
            alive += 1
            process.send_signal(signal.SIGKILL)
            process.wait()
    run(pull(options, registry, store))
    check(store, registry)
    extra = registry.sent - options.bytes
    allowed = alive * (16 << 20)
    print(f"killed {alive} times and finished in {time.monotonic() - began:.0f} s: digest right, "
          f"{extra / 1e6:.1f} MB fetched twice, {extra / max(alive, 1) / 1e6:.1f} MB a kill (at most 16.8)")
    shutil.rmtree(store, ignore_errors=True)
    registry.shutdown()
    return extra <= allowed


def check(store, registry):
    path = os.path.join(store, "blobs", "sha256-" + registry.digest)
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    if digest.hexdigest() != registry.digest:
        sys.exit(f"{path} is not what was served")
    left = [name for name in os.listdir(os.path.join(store, "blobs")) if "partial" in name]
    if left:
        sys.exit(f"left behind: {left}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kindling")
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--parallel", type=int, default=8)
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        blob = os.path.join(folder, "blob")
        with open(blob, "wb") as file:
            left = options.bytes
            while left > 0:
                file.write(os.urandom(min(left, 1 << 22)))
                left -= 1 << 22
            file.truncate(options.bytes)
        is_fast = options.runs == 0 or compare(options, blob, folder)
        is_frugal = options.kills == 0 or kills(options, blob, folder)
    sys.exit(0 if is_fast and is_frugal else 1)


if __name__ == "__main__":
    main()
