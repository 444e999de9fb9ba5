"""Streams the text of a job, a chunk for each token."""

import json

import runpod

from engine import SLOTS, generate


async def handler(job):
    async with generate(job["input"], stream=True) as answer:
        async for line in answer.content:
            text = json.loads(line)["response"]
            if text:
                yield text


runpod.serverless.start(
    {
        "handler": handler,
        "return_aggregate_stream": True,
        "concurrency_modifier": lambda current: SLOTS,
    }
)
