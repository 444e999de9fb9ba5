#!/usr/bin/env python3
"""How long a generation outlives its client: from the close of a streaming client's connection to the close of the
engine's. The engine is a stand-in that writes one token and then waits to be left.

    Benchmarks/leave.py PROGRAM [TIMES]
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time

PROMPT = "on and on"
TOKEN = b'data: {"model":"m","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}\n\n'
MODELS = {"object": "list", "data": [{"id": "m", "object": "model"}]}
ANSWER = {
    "model": "m", "object": "chat.completion", "usage": {"completion_tokens": 1},
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "text": "x", "finish_reason": "stop"}],
}
left = []


def listen():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


def request(connection, rest):
    """The next request's first line and body, and what follows it; None at the end."""
    while b"\r\n\r\n" not in rest:
        data = connection.recv(65536)
        if not data:
            return None
        rest += data
    head, rest = rest.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
    while len(rest) < length:
        rest += connection.recv(65536)
    return lines[0], rest[:length], rest[length:]


def serve(connection):
    rest = b""
    while found := request(connection, rest):
        line, body, rest = found
        if PROMPT.encode() in body:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + TOKEN)
            connection.recv(1)
            left.append(time.monotonic())
            return
        answer = json.dumps(MODELS if "/v1/models" in line else ANSWER).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        connection.sendall(head.encode() + answer)


def accept(listener):
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def connect(port):
    deadline = time.monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def leave(port):
    """Milliseconds between the two ends."""
    chat = {"messages": [{"role": "user", "content": PROMPT}], "stream": True}
    body = json.dumps(chat).encode()
    client = connect(port)
    client.sendall(
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    seen = b""
    while b'"x"' not in seen:
        data = client.recv(65536)
        if not data:
            sys.exit(f"the server ended the answer: {seen.decode(errors='replace')}")
        seen += data
    before, began = len(left), time.monotonic()
    client.close()
    while len(left) == before:
        time.sleep(0.0005)
    return (left[-1] - began) * 1000


def main():
    program, times = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    engine = listen()
    threading.Thread(target=accept, args=(engine,), daemon=True).start()
    free = listen()
    port = free.getsockname()[1]
    free.close()
    environment = dict(
        os.environ, KINDLING_ENGINE="openai", KINDLING_ENGINE_URL=f"http://127.0.0.1:{engine.getsockname()[1]}",
        KINDLING_MODEL="m", KINDLING_LOG_LEVEL="error",
    )
    server = subprocess.Popen([program, "serve", "--port", str(port)], env=environment)
    try:
        spans = [leave(port) for _ in range(times)]
    finally:
        server.terminate()
        server.wait()
    print(f"client's close → engine's close: {statistics.median(spans):.2f} ms ({min(spans):.2f} to {max(spans):.2f})")


if __name__ == "__main__":
    main()
