"""Answers a job with the whole text at once."""

import runpod

from engine import SLOTS, generate


async def handler(job):
    async with generate(job["input"], stream=False) as answer:
        return await answer.json()


runpod.serverless.start({"handler": handler, "concurrency_modifier": lambda current: SLOTS})
