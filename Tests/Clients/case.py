"""What the suites share: a test case with a server, and the model that all of the plain requests go to."""

import unittest

from serving import PATIENCE, Serve, Store

HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

_kept = {}


def main_server():
    """The one server of all suites that only ask. It starts when it is first asked for."""
    if "server" not in _kept:
        _kept["store"] = Store()
        # Pooling makes embeddings of a model that was trained to write: of no use, but of the right form.
        _kept["server"] = Serve(
            store=_kept["store"], arguments="--embeddings --pooling mean", KINDLING_CONCURRENCY="4",
        )
    return _kept["server"]


def end_main_server():
    """Ends it, if it was started; says what was wrong with its end."""
    server, store = _kept.pop("server", None), _kept.pop("store", None)
    trouble = server.end() if server else None
    if store:
        store.remove()
    return trouble


class ClientCase(unittest.TestCase):
    """A test against the server of all."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = main_server()


class OwnServerCase(unittest.TestCase):
    """A test that starts servers of its own; each must end well."""

    maxDiff = None

    def serve(self, **settings):
        server = Serve(**settings)
        self.addCleanup(self.ends_well, server)
        return server

    def ends_well(self, server):
        self.assertIsNone(server.end())


def openai_client(server, **options):
    """A client of OpenAI's that does not try again: what fails is to be seen."""
    import openai

    defaults = {"base_url": f"{server.url}/v1", "api_key": "any", "max_retries": 0, "timeout": PATIENCE}
    return openai.OpenAI(**defaults | options)
