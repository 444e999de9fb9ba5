"""Both of its ways to a server, by OpenAI's routes and by Ollama's."""

import os

# It would fetch its table of prices; there is one in the package.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402
from case import HELLO, ClientCase  # noqa: E402
from serving import PATIENCE  # noqa: E402

litellm.suppress_debug_info = True


class LiteLLM(ClientCase):
    def ways(self):
        yield "openai", {"api_base": f"{self.server.url}/v1", "api_key": "any"}
        yield "ollama_chat", {"api_base": self.server.url}

    def complete(self, provider, options, model=None, **more):
        return litellm.completion(
            model=f"{provider}/{model or self.server.model}", messages=HELLO, max_tokens=6, timeout=PATIENCE,
            num_retries=0, **options, **more)

    def test_completions_both_ways(self):
        for provider, options in self.ways():
            with self.subTest(provider):
                answer = self.complete(provider, options)
                self.assertTrue(answer.choices[0].message.content)
                self.assertGreater(answer.usage.completion_tokens, 0)

    def test_streams_both_ways(self):
        for provider, options in self.ways():
            with self.subTest(provider):
                chunks = list(self.complete(provider, options, stream=True))
                self.assertTrue("".join(chunk.choices[0].delta.content or "" for chunk in chunks))
                self.assertIsNotNone(chunks[-1].choices[0].finish_reason)

    def test_an_unknown_model_is_its_not_found_error(self):
        for provider, options in self.ways():
            with self.subTest(provider), self.assertRaises(litellm.NotFoundError):
                self.complete(provider, options, model="nobody-has-this")
