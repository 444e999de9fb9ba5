"""An engine that costs next to nothing: it streams numbered tokens as fast as it is asked to.

    python3 stub_engine.py          prints its port and serves until its standard input is closed

A chat's `max_tokens` says how many tokens, its `tokens_per_second` how fast; without that, as fast as they are taken.
"""

import asyncio
import json
import sys

MODELS = json.dumps({"object": "list", "data": [{"id": "stub", "object": "model"}]}).encode()
# What the server asks for itself to see whether its engine answers.
WHOLE = json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1795270938, "model": "stub",
    "choices": [{"index": 0, "finish_reason": "stop", "text": "a", "message": {"role": "assistant", "content": "a"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
# As long as what llama-server writes for a token.
EVENT = (
    '{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"%d "}}],"created":1795270938,'
    '"id":"chatcmpl-3VIR8F9yIV6OnV8KRUvYedU32LLFIsC9","model":"stub","system_fingerprint":"b1-7e4c0a9",'
    '"object":"chat.completion.chunk"}'
)
LAST = (
    '{"choices":[{"finish_reason":"length","index":0,"delta":{}}],"created":1795270938,"id":"chatcmpl-1",'
    '"model":"stub","object":"chat.completion.chunk",'
    '"usage":{"prompt_tokens":3,"completion_tokens":%d,"total_tokens":%d}}'
)


def chunk(text):
    content = f"data: {text}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(content), content)


async def converse(reader, writer):
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode().split("\r\n")
            length = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
            body = await reader.readexactly(length)
            wanted = json.loads(body) if body else {}
            if wanted.get("stream"):
                await stream(writer, wanted)
            else:
                answer = WHOLE if wanted else MODELS
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                writer.write(head % len(answer) + answer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def stream(writer, wanted):
    count, rate = wanted["max_tokens"], wanted.get("tokens_per_second")
    loop = asyncio.get_running_loop()
    began = loop.time()
    writer.write(HEAD)
    for number in range(count):
        writer.write(chunk(EVENT % number))
        if rate:
            await asyncio.sleep(max(0, began + (number + 1) / rate - loop.time()))
        await writer.drain()
    writer.write(chunk(LAST % (count, count + 3)) + chunk("[DONE]") + b"0\r\n\r\n")
    await writer.drain()


async def main():
    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
