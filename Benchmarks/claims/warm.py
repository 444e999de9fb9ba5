"""How long a loaded model takes to its first token, by prompt length and by clients."""

import statistics
import threading

import bench
from bench import MODELS, Server, coldload

LENGTHS = (8, 128, 512, 2048)
CLIENTS = (1, 2, 4, 8)
GOAL = 0.1


def measure(options):
    cells = {}
    for clients in CLIENTS:
        # The context is for each slot: the longest prompt and its answer.
        with Server(options, MODELS["Q4_K_M"], start="eager", concurrency=clients, context_length=2560) as server:
            for length in LENGTHS:
                answers = together(server, clients, length, requests(options, length, clients))
                cells[length, clients] = answers
                times = [answer["first"] for answer in answers]
                coldload.say(f"  {length} tokens, {clients} at once: {bench.spread(times)}")
    return cells


def requests(options, length, clients):
    """Of all clients together. A p99 takes a hundred, which long prompts would make too slow."""
    wanted = {8: 48, 128: 16, 512: 8, 2048: 2}[length]
    return max(clients, wanted // 3 if options.quick else wanted)


def together(server, clients, length, count):
    """Each client asks for its next answer when it has the last."""
    answers, failed = [], []

    def ask():
        try:
            for _ in range(count // clients):
                answers.append(server.answer(bench.prompt(length)))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return answers


def figures(cells):
    """What the document quotes, by name."""
    def median(length, clients):
        return bench.milliseconds(bench.percentile([a["first"] for a in cells[length, clients]], 0.5))

    fixed, slope, _ = alone(cells)
    return {f"warm.{length}": median(length, 1) for length in LENGTHS} | {
        "warm.8x8": median(8, 8), "warm.met": f"{met(cells, 0.5)} of {len(cells)}", "warm.p99": str(met(cells, 0.99)),
        "warm.token": f"{slope * 1000:.1f} ms", "warm.reach": f"{max(0, (GOAL - fixed) / slope):.0f}"}


def alone(cells):
    """One client's time by the prompt's tokens, as a line."""
    return bench.least_squares([(a["tokens"], a["first"]) for length in LENGTHS for a in cells[length, 1]])


def met(cells, share):
    return sum(bench.percentile([a["first"] for a in answers], share) < GOAL for answers in cells.values())


def report(cells):
    yield ("Clients send their next request when they have their last answer (4 tokens); there are as many slots as "
           "clients. Every prompt is new. p50 / p99 of the time to the first text; where there were fewer than a hundred "
           "requests, p99 is the largest. **Bold**: p50 below 100 ms.")
    yield ""
    rows = []
    for length in LENGTHS:
        row = [f"{length:,} tokens"]
        for clients in CLIENTS:
            times = [answer["first"] for answer in cells[length, clients]]
            shown = f"{bench.percentile(times, 0.5) * 1000:,.0f} / {bench.percentile(times, 0.99) * 1000:,.0f} ms"
            row.append(f"**{shown}**" if bench.percentile(times, 0.5) < GOAL else shown)
        rows.append(row + [" / ".join(str(len(cells[length, clients])) for clients in CLIENTS)])
    yield from bench.table(["prompt", "1 client", "2", "4", "8", "requests"], rows)

    fixed, slope, fit = alone(cells)
    lengths = ", ".join(f"{statistics.median(a['tokens'] for a in cells[length, 1]):.0f}" for length in LENGTHS)
    cached = sum(a["cached"] for answers in cells.values() for a in answers)
    read = sum(a["tokens"] for answers in cells.values() for a in answers)
    yield f"- Below 100 ms: the p50 of {met(cells, 0.5)} of {len(cells)} cells, the p99 of {met(cells, 0.99)}."
    yield (f"- One client: {fixed * 1000:.0f} ms + {slope * 1000:.2f} ms a token ({1 / slope:,.0f} tokens/s; R² {fit:.3f}). "
           f"100 ms is a prompt of {max(0, (GOAL - fixed) / slope):.0f} tokens on this machine.")
    yield f"- Prompts as the engine counted them: {lengths} tokens; {cached / read:.1%} of all came from its cache."
    yield ""
