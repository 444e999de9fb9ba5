"""An engine that says what it is told to: for answers that a small model cannot be brought to give."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ScriptedEngine(ThreadingHTTPServer):
    """Speaks as much of OpenAI's API as a server behind KINDLING_ENGINE_URL must. `events` is what each chat streams;
    `asked` holds the bodies that came. With `is_cut` a stream breaks off instead of ending.
    """

    daemon_threads = True

    def __init__(self, events, is_cut=False):
        super().__init__(("127.0.0.1", 0), Handler)
        self.events, self.is_cut, self.asked = events, is_cut, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):  # noqa: N802
        self.answer({"status": "ok", "object": "list", "data": [{"id": "scripted", "object": "model"}]})

    def do_POST(self):  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        if body.get("stream"):
            self.stream()
        else:
            self.answer(whole(self.server.events))

    def answer(self, value):
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in self.server.events:
            self.chunk(f"data: {json.dumps(event)}\n\n")
        if self.server.is_cut:
            self.close_connection = True
        else:
            self.chunk("data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")

    def chunk(self, text):
        content = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()


def event(delta, finish_reason=None):
    """One event of a streamed chat."""
    return {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }


def whole(events):
    """The same answer in one piece. Calls are only told, not added up: the script gives each in one event."""
    message, reason = {"role": "assistant", "content": None}, None
    for choice in (entry["choices"][0] for entry in events):
        message |= choice["delta"]
        reason = choice["finish_reason"] or reason
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
