#!/usr/bin/env python3
"""Follows a build's log and says how long each step took: a line of seconds, a tab and the step.

    steps.py LOG PID        ends when the process PID has
"""

import os
import pathlib
import re
import sys
import time

STEP = re.compile(r"^(?:\[\d+/\d+\] )?STEP \d+/\d+: (.*)")


def lines(path, pid):
    """Each line with the time at which it was there; None at the end."""
    with path.open(errors="replace") as file:
        rest = ""
        while True:
            alive = os.path.exists(f"/proc/{pid}") and " Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text()
            piece = file.read()
            now = time.monotonic()
            *whole, rest = (rest + piece).split("\n")
            for line in whole:
                yield now, line
            if not alive and not piece:
                yield now, None
                return
            time.sleep(0.02)


def main():
    path, pid = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    while not path.exists():
        time.sleep(0.02)
    began, step = None, None
    for now, line in lines(path, pid):
        match = STEP.match(line) if line is not None else None
        if (match or line is None) and step:
            print(f"{now - began:.1f}\t{step}", flush=True)
        if match:
            began, step = now, match[1]


if __name__ == "__main__":
    main()
