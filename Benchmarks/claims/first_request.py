"""What the first request waits for: a cold start, a preloaded model, a reload."""

import statistics

import bench
from bench import MODELS, Server, coldload

PROMPT = "The sky is"


def measure(options):
    waits = {name: [] for name in (
        "cold, weights on the disk", "cold, weights in the page cache", "preloaded", "the request after it",
        "with another, smaller `num_ctx`", "after a job with `keep_alive: 0`")}
    refusal = ""
    model = MODELS["Q4_K_M"]

    def took(name, server):
        waits[name].append(server.answer(PROMPT)["first"])
        coldload.say(f"  {name}: {bench.milliseconds(waits[name][-1])}")

    for _ in range(options.rounds):
        bench.drop(model)
        with Server(options, model, start="lazy") as server:
            took("cold, weights on the disk", server)
        coldload.warm(model)
        with Server(options, model, start="lazy") as server:
            took("cold, weights in the page cache", server)
        with Server(options, model, start="eager", context_length=4096) as server:
            took("preloaded", server)
            took("the request after it", server)
            # Native jobs carry these two; their own first tokens are taken from the worker's clock.
            job = {"prompt": PROMPT, "max_tokens": 4, "include": ["timings"]}
            answer = server.job(job | {"options": {"num_ctx": 1024}})
            waits["with another, smaller `num_ctx`"].append(first_token(answer))
            server.job(job | {"keep_alive": 0})
            waits["after a job with `keep_alive: 0`"].append(first_token(server.job(job)))
            refusal = server.job(job | {"options": {"num_ctx": 16384}}).get("error", "")
    return waits, refusal


def first_token(answer):
    return answer["output"]["timings"]["first_token_ms"] / 1000


def figures(waits):
    """What the document quotes, by name."""
    median = {name: statistics.median(times) for name, times in waits.items()}
    cold, cached, preloaded, following, context, unloading = median.values()
    return {
        "first.cold": bench.milliseconds(cold), "first.cached": bench.milliseconds(cached),
        "first.preloaded": bench.milliseconds(preloaded), "first.next": bench.milliseconds(following),
        "first.context": bench.milliseconds(context), "first.unloading": bench.milliseconds(unloading),
        "first.factor": f"{cached / following:.0f}",
    }


def report(waits, refusal):
    size = MODELS["Q4_K_M"].stat().st_size
    cold = statistics.median(waits["cold, weights on the disk"])
    yield (f"Gemma 3 270M, Q4_K_M, {size / 1e6:.0f} MB, on the local disk. From before the client connects to the first "
           "text.")
    yield ""
    yield from bench.table(
        ["first token of a request to a worker that is", "median (least to most)", "cold ÷ this"],
        [[name, bench.spread(times), f"{cold / statistics.median(times):.1f}"] for name, times in waits.items()])
    reloads = waits["cold, weights in the page cache"]
    warmed = waits["the request after it"]
    fast = sum(time < 1 for time in waits["preloaded"])
    yield f"- Preloaded: {fast} of {len(waits['preloaded'])} first requests were answered in less than a second."
    yield (f"- A reload costs what the second row says: {statistics.median(reloads) / statistics.median(warmed):.0f} times "
           "a warm first token. An engine that loads anew for another `num_ctx`, or after a short keep-alive, pays it "
           "each time. Kindling does neither: the last two rows are warm, and a larger context is refused "
           f"(`{refusal}`).")
    yield "- The last two rows come from the worker's own clock (`include: [\"timings\"]`), the others from the client's."
    yield ("- Not measured here: Ollama. Recorded elsewhere on two cores, version 0.32.15, the same model, medians of 5: "
           "first chunk after 1,367 ms cold, 1,122 ms with the weights in the page cache, 17 ms loaded. A request with "
           "another `num_ctx` replaced the runner, and so did the next one without it.")
    yield ""
