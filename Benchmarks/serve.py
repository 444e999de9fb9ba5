#!/usr/bin/env python3
"""What `kindling serve` costs over the engine behind it: time to the first token, processor time for each, memory.

    Benchmarks/serve.py KINDLING [--engine LLAMA_SERVER --model FILE] [--rounds N] [--tokens N] [--markdown FILE]

Python 3, nothing else. An engine that costs nothing (Benchmarks/serve/stub_engine.py) stands behind the server; with
--engine the first token is taken of a real one, too. Requests straight to the engine and through the server alternate,
so that what else the machine does falls on both. Fails if a target is missed.
"""

import argparse
import asyncio
import atexit
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
CLIENTS = 32
LAST_CHUNK = b"\r\n0\r\n\r\n"
TARGETS = {"first": 1.0, "cpu": 40.0, "memory": 60.0}  # ms, µs a token, MB


class Helper:
    """A process that prints the port on which it serves."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        self.port = int(self.process.stdout.readline())

    def cpu(self):
        return processor_seconds(self.process.pid)

    def end(self):
        self.process.kill()
        self.process.communicate()


def stub_engine():
    """The engine that costs nothing."""
    return Helper(sys.executable, HERE / "serve" / "stub_engine.py")


def bare_relay(engine_port):
    """What does the least between client and engine; None without a C compiler."""
    if not (compiler := shutil.which("cc")):
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "relay")
        subprocess.run([compiler, "-O2", "-pthread", HERE / "serve" / "relay.c", "-o", program], check=True)
        return Helper(program, str(engine_port))


def processor_seconds(pid):
    """Processor time of all of a process's threads so far, exact: its own clock (CPUCLOCK_SCHED)."""
    return time.clock_gettime((~pid << 3) | 2)


class Server:
    """`kindling serve` with nothing but the settings that are given."""

    def __init__(self, program, **settings):
        self.folder = tempfile.TemporaryDirectory(prefix="kindling-serve-")
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": self.folder.name, "KINDLING_PORT": "0", "KINDLING_START": "lazy",
            "KINDLING_TOKEN_CAP": "1000000",
        } | settings
        self.log = Path(self.folder.name, "log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([program, "serve"], env=environment, stdout=log, stderr=log)
        atexit.register(self.process.terminate)
        while not (found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            if self.process.poll() is not None:
                sys.exit(self.log.read_text())
            time.sleep(0.01)
        self.port = int(found[1])

    def cpu(self):
        return processor_seconds(self.process.pid)

    def peak(self):
        """The most memory that it held, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024 / 1e6

    def engine_port(self):
        """Where the engine listens that it started."""
        for children in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            for child in children.read_text().split():
                arguments = Path(f"/proc/{child}/cmdline").read_text().split("\0")
                if "--port" in arguments:
                    return int(arguments[arguments.index("--port") + 1])
        sys.exit("the server has no engine")

    def end(self):
        self.process.terminate()
        if (code := self.process.wait(60)) != 0:
            sys.exit(f"kindling ended with {code}:\n{self.log.read_text()}")
        self.folder.cleanup()


def request(model, **fields):
    messages = [{"role": "user", "content": "Hello"}]
    body = json.dumps({"model": model, "messages": messages, "stream": True, **fields}).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Line:
    """One connection, and the time to the first token over it. It is kept, as a client's pool does, or new each time;
    setting it up is not on the clock.
    """

    def __init__(self, port, is_kept=True):
        self.port, self.is_kept = port, is_kept
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def first(self, message):
        if not self.is_kept:
            self.socket.close()
            self.connect()
        began = time.perf_counter()
        self.socket.sendall(message)
        seen, first = b"", None
        while not seen.endswith(LAST_CHUNK):
            piece = self.socket.recv(1 << 16)
            if not piece:
                sys.exit(f"the connection was closed after {seen!r}")
            seen += piece
            if first is None and b'"content":"' in seen:
                first = time.perf_counter()
        if not seen.startswith(b"HTTP/1.1 200") or b"data: [DONE]" not in seen or first is None:
            sys.exit(f"not a whole stream: {seen!r}")
        return (first - began) * 1000


def first_token(direct_port, served_port, message, rounds, is_kept=True):
    """Milliseconds to the first token: straight, through the server, and what the latter took more."""
    lines = Line(direct_port, is_kept), Line(served_port, is_kept)
    for line in lines:
        for _ in range(10):
            line.first(message)
    straight, through = [], []
    for number in range(rounds):
        # Who comes first changes: the second finds the engine's caches warm.
        order = ((straight, lines[0]), (through, lines[1]))
        for times, line in order if number % 2 else reversed(order):
            times.append(line.first(message))
    for line in lines:
        line.socket.close()
    return straight, through, [ours - theirs for ours, theirs in zip(through, straight, strict=True)]


async def listen(port, message):
    """One stream, on a connection of its own: the numbers of its tokens in the order in which they came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(message)
    kept, numbers = b"", []
    while not kept.endswith(LAST_CHUNK):
        piece = await reader.read(1 << 16)
        if not piece:
            break
        kept += piece
        # Only whole events are counted; what is left waits for its rest.
        *events, kept = kept.split(b"\n\n") if not kept.endswith(LAST_CHUNK) else [*kept.split(b"\n\n"), kept]
        for event in events:
            if found := re.search(rb'"content":"(\d+) "', event):
                numbers.append(int(found[1]))
            elif b"[DONE]" in event:
                numbers.append(-1)
    writer.close()
    return numbers


async def listen_together(port, streams, message):
    return await asyncio.gather(*(listen(port, message) for _ in range(streams)))


def cpu_per_token(server, streams, tokens, **fields):
    """Processor time of the server in µs for each token, and the tokens a second that came."""
    message = request("stub", max_tokens=tokens // streams, **fields)
    asyncio.run(listen_together(server.port, streams, request("stub", max_tokens=50)))
    began, before = time.perf_counter(), server.cpu()
    heard = asyncio.run(listen_together(server.port, streams, message))
    spent, seconds = server.cpu() - before, time.perf_counter() - began
    count = sum(len(numbers) - 1 for numbers in heard)
    if faults(heard, tokens // streams):
        sys.exit("streams were cut or out of order")
    return spent / count * 1e6, count / seconds


def faults(heard, tokens):
    whole = [*range(tokens), -1]
    return sum(numbers != whole for numbers in heard)


class Table:
    def __init__(self):
        self.lines = ["| what | median (least to most) | target | met |", "| --- | --- | --- | --- |"]
        self.is_met = True

    def row(self, what, values, unit, target=None, digits=2):
        middle, shown = statistics.median(values), f"{statistics.median(values):.{digits}f} {unit}"
        if len(values) > 1:
            shown += f" ({min(values):.{digits}f} to {max(values):.{digits}f})"
        met = None if target is None else middle <= target
        self.is_met &= met is not False
        goal = "" if target is None else f"at most {target:g} {unit}"
        self.lines.append(f"| {what} | {shown} | {goal} | {'–' if met is None else 'yes' if met else 'no'} |")
        print(self.lines[-1], flush=True)


def middle(values):
    """The middle eight tenths: what a machine shared with others does once in a while is no property of the server."""
    ordered = sorted(values)
    return ordered[len(ordered) // 10 : len(ordered) - len(ordered) // 10]


def show_first_tokens(table, name, times, target=None):
    straight, through, difference = times
    table.row(f"{name}: first token, straight", middle(straight), "ms")
    table.row(f"{name}: first token, through `serve`", middle(through), "ms")
    table.row(f"{name}: the same, more than straight", middle(difference), "ms", target)


def measure_stub(options, table):
    stub = stub_engine()
    relay = bare_relay(stub.port)
    settings = {
        "KINDLING_ENGINE": "openai", "KINDLING_ENGINE_URL": f"http://127.0.0.1:{stub.port}", "KINDLING_MODEL": "stub",
        "KINDLING_CONCURRENCY": str(CLIENTS),
    }
    server = Server(options.kindling, **settings)
    times = first_token(stub.port, server.port, request("stub", max_tokens=2), options.rounds)
    show_first_tokens(table, "stub", times, TARGETS["first"])
    for what, streams, fields in (
        ("1 stream at 200 tokens/s", 1, {"tokens_per_second": 200}),
        ("8 streams at 200 tokens/s each", 8, {"tokens_per_second": 200}),
        ("8 streams at full speed", 8, {}),
    ):
        tokens = options.tokens if streams > 1 else options.tokens // 4
        runs, floor = [], []
        for _ in range(options.runs):
            runs.append(cpu_per_token(server, streams, tokens, **fields))
            if relay:
                floor.append(cpu_per_token(relay, streams, tokens, **fields)[0])
        table.row(f"{what}: processor time for each token", [spent for spent, _ in runs], "µs", TARGETS["cpu"], 1)
        if floor:
            table.row(f"{what}: the same of a relay in C that only copies", floor, "µs", None, 1)
        table.row(f"{what}: tokens a second", [rate for _, rate in runs], "", None, 0)
    server.end()
    if relay:
        relay.end()

    # A server of its own, so that the peak is this load's.
    server = Server(options.kindling, **settings)
    heard = asyncio.run(listen_together(server.port, CLIENTS, request("stub", max_tokens=500, tokens_per_second=50)))
    table.row(f"{CLIENTS} clients at once, 500 tokens each: cut or out of order", [faults(heard, 500)], "streams", 0, 0)
    table.row(f"{CLIENTS} clients at once: peak memory", [server.peak()], "MB", TARGETS["memory"], 1)
    server.end()
    stub.end()


def measure_engine(options, table):
    server = Server(
        options.kindling, KINDLING_ENGINE="llama-server", KINDLING_ENGINE_PROGRAM=options.engine,
        KINDLING_MODEL=options.model, KINDLING_CONTEXT_LENGTH="2048")
    model = Path(options.model).stem
    message = request(model, max_tokens=2, temperature=0, ignore_eos=True)
    Line(server.port).first(message)
    rounds = max(options.rounds // 4, 20)
    # It closes connections that it said it would keep.
    times = first_token(server.engine_port(), server.port, message, rounds, is_kept=False)
    show_first_tokens(table, "llama-server", times)
    server.end()


def processor():
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{found[1] if found else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kindling")
    parser.add_argument("--engine", help="llama-server, to take the first token of a real engine, too")
    parser.add_argument("--model", help="its model, a .gguf file")
    parser.add_argument("--rounds", type=int, default=400, help="first tokens each way")
    parser.add_argument("--tokens", type=int, default=20_000, help="tokens of a run whose processor time is counted")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--markdown", type=Path, help="write the table and the machine into this file")
    options = parser.parse_args()
    if bool(options.engine) != bool(options.model):
        parser.error("--engine and --model belong together")

    table = Table()
    print("\n".join(table.lines))
    measure_stub(options, table)
    if options.engine:
        measure_engine(options, table)
    if options.markdown:
        options.markdown.write_text((HERE / "serve" / "ABOUT.md").read_text() + "\n" + "\n".join(
            [f"{processor()}, Python {platform.python_version()}.", "", *table.lines, ""]))
    sys.exit(0 if table.is_met else 1)


if __name__ == "__main__":
    main()
