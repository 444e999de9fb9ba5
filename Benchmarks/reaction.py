"""How fast a worker lets go: job-stop → the engine's request is closed; SIGTERM → the open polls are closed, the exit.

    python3 Benchmarks/reaction.py path/to/kindling
"""

import json
import select
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

ROUNDS = 15
Handler = Callable[[socket.socket, str, bytes], bool]


def serve(handler: Handler) -> int:
    """A loopback HTTP server, a thread a connection. A handler that returns False ends its connection."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def converse(peer: socket.socket) -> None:
        stream = peer.makefile("rb")
        while line := stream.readline():
            target, length = line.decode().split(" ")[1], 0
            while header := stream.readline().strip().lower():
                if header.startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            if not handler(peer, target, stream.read(length)):
                return peer.close()

    def accept() -> None:
        while True:
            peer, _ = listener.accept()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=converse, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def answer(peer: socket.socket, body: bytes) -> bool:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    peer.sendall(head.encode() + body)
    return True


def until_gone(peer: socket.socket) -> float:
    select.select([peer], [], [], 30)
    return time.monotonic()


class Scene:
    """One worker between a queue that holds its polls and an engine that never ends its answer."""

    def __init__(self, program: str, jobs: list[bytes]) -> None:
        self.jobs, self.streaming, self.stop = jobs, threading.Event(), threading.Event()
        self.stops = bool(jobs)
        self.polls_closed: list[float] = []
        self.engine_closed: list[float] = []
        self.results = 0
        base = f"http://127.0.0.1:{serve(self.queue)}/v2/e"
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": "/tmp",
            "RUNPOD_WEBHOOK_GET_JOB": f"{base}/job-take/$ID",
            "RUNPOD_WEBHOOK_POST_OUTPUT": f"{base}/job-done/$RUNPOD_POD_ID/$ID",
            "RUNPOD_WEBHOOK_POST_STREAM": f"{base}/job-stream/$RUNPOD_POD_ID/$ID",
            "KINDLING_ENGINE": "ollama",
            "OLLAMA_HOST": f"127.0.0.1:{serve(self.engine)}",
            "KINDLING_START": "lazy",
        }
        self.worker = subprocess.Popen(
            [program, "worker"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def queue(self, peer: socket.socket, target: str, body: bytes) -> bool:
        if "/job-take" in target and self.jobs:
            return answer(peer, self.jobs.pop())
        if "/job-stop/" in target and self.stops and self.stop.wait(30):
            self.stops = False
            return answer(peer, b'{"jobsToStop":["j1"]}')
        if "/job-take" in target or "/job-stop/" in target:
            self.polls_closed.append(until_gone(peer))
            return False
        self.results += "/job-done/" in target
        return answer(peer, b"{}")

    def engine(self, peer: socket.socket, target: str, body: bytes) -> bool:
        if target != "/api/generate":
            return answer(peer, b'{"version":"0.32.15","models":[{"name":"m:1","model":"m:1"}]}')
        if json.loads(body).get("prompt") != "endless":
            return answer(peer, b'{"model":"m:1","response":"","done":true,"done_reason":"load"}\n')
        token = b'{"model":"m:1","response":"a","done":false}\n'
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        peer.sendall(head + b"%x\r\n%s\r\n" % (len(token), token))
        self.streaming.set()
        self.engine_closed.append(until_gone(peer))
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("the worker did not do what was waited for")
        time.sleep(0.0005)


def stopping(program: str) -> float:
    scene = Scene(program, [b'{"id":"j1","input":{"prompt":"endless","stream":true}}'])
    scene.streaming.wait(30)
    time.sleep(0.05)
    began = time.monotonic()
    scene.stop.set()
    wait_for(lambda: bool(scene.engine_closed))
    scene.worker.send_signal(signal.SIGTERM)
    if scene.worker.wait() != 0 or scene.results:
        sys.exit("a stopped job was answered, or the worker did not end well")
    return (scene.engine_closed[0] - began) * 1000


def draining(program: str) -> tuple[float, float]:
    scene = Scene(program, [])
    time.sleep(0.5)
    began = time.monotonic()
    scene.worker.send_signal(signal.SIGTERM)
    scene.worker.wait()
    ended = time.monotonic()
    wait_for(lambda: len(scene.polls_closed) == 2)
    return (max(scene.polls_closed) - began) * 1000, (ended - began) * 1000


def show(what: str, values: list[float]) -> None:
    print(f"{what}: {statistics.median(values):.1f} ms ({min(values):.1f} to {max(values):.1f})")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    show("job-stop → the engine's request is closed", [stopping(sys.argv[1]) for _ in range(ROUNDS)])
    drains = [draining(sys.argv[1]) for _ in range(ROUNDS)]
    show("SIGTERM → the open polls are closed", [closed for closed, _ in drains])
    show("SIGTERM → exit of an idle worker", [ended for _, ended in drains])
