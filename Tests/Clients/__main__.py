"""Runs the suites, one line a promise; any names as arguments choose among them. Started by scripts/test-clients."""

import importlib
import signal
import sys
import time
import unittest

sys.dont_write_bytecode = True

from case import end_main_server  # noqa: E402

# The first of these finds the server cold.
SUITES = (
    "openai_cold", "openai_client", "openai_streams", "ollama_client", "litellm_client", "tools", "limits", "platforms",
)


class Line(unittest.TextTestResult):
    """A line for each promise, in the words of its test's name."""

    def startTest(self, test):  # noqa: N802
        self.began = time.monotonic()
        super().startTest(test)

    def say(self, test, word):
        suite = type(test).__module__.removesuffix("_client")
        name = getattr(test, "_testMethodName", str(test)).removeprefix("test_").replace("_", " ")
        seconds = time.monotonic() - getattr(self, "began", time.monotonic())
        self.stream.write(f"{word:4} {suite}: {name} ({seconds:.1f} s)\n")
        self.stream.flush()

    def addSuccess(self, test):  # noqa: N802
        self.say(test, "ok")

    def addFailure(self, test, err):  # noqa: N802
        super().addFailure(test, err)
        self.say(test, "FAIL")

    def addSubTest(self, test, subtest, err):  # noqa: N802
        super().addSubTest(test, subtest, err)
        if err:
            self.say(test, "FAIL")

    def addError(self, test, err):  # noqa: N802
        super().addError(test, err)
        self.say(test, "FAIL")


def main():
    # As Ctrl-C, which a test lets through, so that what runs is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    suite = unittest.TestSuite()
    for name in sys.argv[1:] or SUITES:
        suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name)))
    began = time.monotonic()
    try:
        result = unittest.TextTestRunner(sys.stdout, verbosity=0, resultclass=Line).run(suite)
    finally:
        trouble = end_main_server()
    print(f"FAIL the server's end: {trouble}" if trouble else "ok   the server's end: exit code 0, no process left")
    print(f"{result.testsRun} promises in {time.monotonic() - began:.0f} s")
    sys.exit(0 if result.wasSuccessful() and not trouble else 1)


main()
