#!/usr/bin/env python3
"""Two builds' steps, as steps.py wrote them, as rows of a Markdown table: what took half a second in either.

    compare-steps.py FIRST SECOND
"""

import pathlib
import sys


def read(path):
    steps = {}
    for line in pathlib.Path(path).read_text().splitlines():
        seconds, _, step = line.partition("\t")
        steps[step] = steps.get(step, 0) + float(seconds)
    return steps


def main():
    first, second = read(sys.argv[1]), read(sys.argv[2])
    for step in first:
        if max(first[step], second.get(step, 0)) >= 0.5:
            text = step if len(step) <= 110 else f"{step[:109]}…"
            print(f"| `{text}` | {first[step]:.1f} | {second.get(step, 0):.1f} |")
    print(f"| in all | {sum(first.values()):.1f} | {sum(second.values()):.1f} |")


if __name__ == "__main__":
    main()
