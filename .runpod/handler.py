"""RunPod's Hub asks for a file of this name. The worker is a binary that speaks the queue's protocol itself; this file
hands over to it, and nothing of Python is left running."""

import os
import sys

PROGRAM = "/usr/local/bin/kindling"

if __name__ == "__main__":
    try:
        os.execv(PROGRAM, [PROGRAM, "worker", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"{PROGRAM}: {error.strerror}. Run this in the image that the Dockerfile of this repository builds.")
