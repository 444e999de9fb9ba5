"""The demo's client: what any client of the platform's API does. Submits jobs and prints their tokens as they come."""

import json
import sys
import time
import urllib.request

PROMPTS = [
    ("a cold start: the engine is not running yet", "The three most beautiful things about the sea are"),
    ("a warm worker: the same again, with the worker's own times", "The best way to start a fire in the rain is"),
]


def call(method: str, url: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def text(chunk: object) -> str:
    return chunk.get("response", "") if isinstance(chunk, dict) else ""


def show(address: str, title: str, prompt: str) -> bool:
    job = {
        "prompt": prompt,
        "stream": True,
        "max_tokens": 48,
        "include": ["timings"],
        "options": {"temperature": 0.7, "seed": 7, "repeat_penalty": 1.3},
    }
    print(f"\n\033[1m▸ {title}\033[0m\n\033[2mPOST {address}/run {json.dumps({'input': job})}\033[0m")
    began = time.monotonic()
    job_id = call("POST", f"{address}/run", {"input": job})["id"]
    print(f"\n{prompt}", end="", flush=True)
    first, chunks, status = None, 0, "IN_QUEUE"
    while status in ("IN_QUEUE", "IN_PROGRESS"):
        answer = call("GET", f"{address}/stream/{job_id}")
        status = answer["status"]
        for chunk in answer["stream"]:
            if first is None and text(chunk["output"]):
                first = time.monotonic() - began
            chunks += 1
            print(text(chunk["output"]), end="", flush=True)
    report = call("GET", f"{address}/status/{job_id}")
    if report["status"] != "COMPLETED":
        print(f"\n{report['status']}: {report.get('error')}")
        return False
    output = report["output"]
    rate = output["eval_count"] * 1e9 / max(1, output["eval_duration"])
    print(
        f"\n\n\033[2mfirst token after {(first or 0) * 1000:.0f} ms, {output['eval_count']} tokens in {chunks} chunks, "
        f"{rate:.0f} tokens/s; timings {json.dumps(output['timings'])}\033[0m"
    )
    return True


if __name__ == "__main__":
    sys.exit(0 if all(show(sys.argv[1], title, prompt) for title, prompt in PROMPTS) else 1)
