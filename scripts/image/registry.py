#!/usr/bin/env python3
"""A registry that gives out GGUF files as Ollama models, for tests of what pulls.

    registry.py --model NAME[:TAG]=FILE.gguf … [--host 127.0.0.1] [--port 0]
        [--certificate FILE --key FILE] [--log FILE] [--licence FILE]

Prints its URL when it listens. NAME is gemma3 (of the space library) or org/gemma3. With a certificate it speaks TLS,
and can stand in for registry.ollama.ai where that name leads to it. The log has a line for each request: method, path.
"""

import argparse
import hashlib
import http.server
import json
import pathlib
import re
import ssl
import sys
import threading

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIGURATION = "application/vnd.docker.container.image.v1+json"
WEIGHTS = "application/vnd.ollama.image.model"
LICENCE = "application/vnd.ollama.image.license"


def digest_of_file(path):
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            sha.update(piece)
    return f"sha256:{sha.hexdigest()}"


class Library:
    """Manifests by name, blobs by digest: bytes, or the path of a file."""

    def __init__(self):
        self.manifests = {}
        self.blobs = {}
        self.licence = None

    def add(self, text):
        name, separator, file = text.partition("=")
        path = pathlib.Path(file)
        if not separator or not path.is_file():
            sys.exit(f"--model takes NAME=FILE.gguf with a file that is there, not {text}")
        name, _, tag = name.partition(":")
        space = name if "/" in name else f"library/{name}"
        weights = digest_of_file(path)
        configuration = json.dumps(
            {"model_format": "gguf", "architecture": "amd64", "os": "linux",
             "rootfs": {"type": "layers", "diff_ids": [weights]}}, separators=(",", ":")).encode()
        configured = f"sha256:{hashlib.sha256(configuration).hexdigest()}"
        self.blobs[weights] = path
        self.blobs[configured] = configuration
        layers = [{"mediaType": WEIGHTS, "digest": weights, "size": path.stat().st_size}]
        if self.licence:
            licence = f"sha256:{hashlib.sha256(self.licence).hexdigest()}"
            self.blobs[licence] = self.licence
            layers.append({"mediaType": LICENCE, "digest": licence, "size": len(self.licence)})
        self.manifests[f"/v2/{space}/manifests/{tag or 'latest'}"] = json.dumps(
            {"schemaVersion": 2, "mediaType": MANIFEST,
             "config": {"mediaType": CONFIGURATION, "digest": configured, "size": len(configuration)},
             "layers": layers},
            separators=(",", ":")).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    library = Library()
    journal = None
    lock = threading.Lock()

    def do_GET(self):
        if self.journal:
            with self.lock, self.journal.open("a") as file:
                file.write(f"{self.command} {self.path}\n")
        path = self.path.partition("?")[0]
        if manifest := self.library.manifests.get(path):
            return self.answer(manifest, MANIFEST)
        blob = re.fullmatch(r"/v2/.+/blobs/(sha256:[0-9a-f]{64})", path)
        content = self.library.blobs.get(blob[1]) if blob else None
        if content is None:
            return self.answer(b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not here"}]}', status=404)
        self.answer(content, "application/octet-stream")

    do_HEAD = do_GET

    def answer(self, content, kind="application/json", status=200):
        """Content is bytes or a path, whole or the range that was asked for."""
        size = content.stat().st_size if isinstance(content, pathlib.Path) else len(content)
        first, last = 0, size - 1
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and status == 200 and int(asked[1]) < size:
            first, last = int(asked[1]), min(int(asked[2] or last), last)
            status = 206
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            if isinstance(content, bytes):
                self.wfile.write(content[first:last + 1])
            else:
                self.send_file(content, first, last - first + 1)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send_file(self, path, offset, count):
        with path.open("rb") as file:
            file.seek(offset)
            while count > 0 and (piece := file.read(min(count, 1 << 20))):
                self.wfile.write(piece)
                count -= len(piece)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away is its own matter."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", required=True, metavar="NAME[:TAG]=FILE")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--log", type=pathlib.Path)
    parser.add_argument("--licence", type=pathlib.Path, help="a text that every model comes with")
    arguments = parser.parse_args()
    Handler.library.licence = arguments.licence and arguments.licence.read_bytes()
    for model in arguments.model:
        Handler.library.add(model)
    Handler.journal = arguments.log
    server = Server((arguments.host, arguments.port), Handler)
    scheme = "http"
    if arguments.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.certificate, arguments.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https"
    print(f"{scheme}://{arguments.host}:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
