"""The way to the engine: one session for all jobs."""

import os
from contextlib import asynccontextmanager

import aiohttp

URL = os.environ["OLLAMA_URL"] + "/api/generate"
MODEL = os.environ["MODEL"]
SLOTS = int(os.environ.get("SLOTS", "1"))

_session = None


@asynccontextmanager
async def generate(job_input, stream):
    global _session
    if _session is None:
        # Needs the running event loop, so not at import.
        _session = aiohttp.ClientSession()
    body = {"model": MODEL, **job_input, "stream": stream}
    async with _session.post(URL, json=body) as answer:
        answer.raise_for_status()
        yield answer
