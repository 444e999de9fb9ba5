"""The routes below /api as the `ollama` package sees them."""

import ollama
from case import HELLO, WEATHER, ClientCase
from serving import PATIENCE

SHORT = {"num_predict": 6, "temperature": 0}


class Ollama(ClientCase):
    def setUp(self):
        self.client = ollama.Client(host=self.server.url, timeout=PATIENCE)
        self.model = self.server.model

    def refused(self, status, call, *words):
        with self.assertRaises(ollama.ResponseError) as caught:
            call()
        self.assertEqual(caught.exception.status_code, status, caught.exception.error)
        for word in words:
            self.assertIn(word, caught.exception.error)

    def test_models_are_listed(self):
        (model,) = self.client.list().models
        self.assertEqual(model.model, self.model)
        self.assertGreater(model.size, 200_000_000)
        self.assertRegex(model.digest, "^(sha256:)?[0-9a-f]{64}$")

    def test_a_model_is_shown(self):
        shown = self.client.show(self.model)
        self.assertEqual(shown.details.format, "gguf")
        self.assertEqual(shown.modelinfo["general.architecture"], "gemma3")
        self.assertIn("completion", shown.capabilities)

    def test_a_loaded_model_is_listed_as_running(self):
        self.client.generate(self.model, "Hello", options=SHORT)
        (model,) = self.client.ps().models
        self.assertEqual(model.model, self.model)
        self.assertEqual(model.context_length, 2048)

    def test_a_generation(self):
        answer = self.client.generate(self.model, "Once upon", options=SHORT)
        self.assertTrue(answer.response)
        self.assertTrue(answer.done)
        self.assertIn(answer.done_reason, ("stop", "length"))
        self.assertGreater(answer.eval_count, 0)
        self.assertGreater(answer.total_duration, answer.eval_duration)

    def test_a_streamed_generation(self):
        parts = list(self.client.generate(self.model, "Once upon", options=SHORT, stream=True))
        self.assertTrue("".join(part.response for part in parts))
        self.assertEqual([part.done for part in parts], [False] * (len(parts) - 1) + [True])
        self.assertGreater(parts[-1].eval_count, 0)

    def test_a_chat_and_a_streamed_one_say_the_same(self):
        self.client.chat(self.model, HELLO, options=SHORT)
        whole = self.client.chat(self.model, HELLO, options=SHORT)
        parts = list(self.client.chat(self.model, HELLO, options=SHORT, stream=True))
        self.assertEqual(whole.message.role, "assistant")
        self.assertEqual("".join(part.message.content for part in parts), whole.message.content)
        self.assertEqual([part.done for part in parts], [False] * (len(parts) - 1) + [True])
        self.assertEqual(parts[-1].eval_count, whole.eval_count)

    def test_a_format_binds_the_answer(self):
        answer = self.client.chat(
            self.model, HELLO, format={"type": "string", "enum": ["yes", "no"]}, options={"num_predict": 32})
        self.assertIn(answer.message.content.strip(), ('"yes"', '"no"'))

    def test_tools_reach_the_engine(self):
        # What a 270M model makes of them is its own affair; that it takes them without an error is ours.
        answer = self.client.chat(self.model, HELLO, tools=[WEATHER], options=SHORT)
        self.assertTrue(answer.message.content or answer.message.tool_calls)

    def test_embeddings_of_one_text_and_of_many(self):
        many = self.client.embed(self.model, ["a cold start", "a warm slot"]).embeddings
        one = self.client.embed(self.model, "a cold start").embeddings
        old = self.client.embeddings(self.model, "a cold start").embedding
        self.assertEqual((len(many), len(one)), (2, 1))
        self.assertEqual(len({len(vector) for vector in [*many, *one, old]}), 1)

    def test_an_empty_prompt_loads(self):
        self.assertEqual(self.client.generate(self.model).done_reason, "load")

    def test_the_version_and_the_sign_of_life(self):
        _, _, version = self.server.call("GET", "/api/version")
        self.assertRegex(version["version"], r"^\d+\.\d+\.\d+")
        self.assertEqual(self.server.call("HEAD", "/")[0], 200)
        self.assertIn("Ollama is running", self.server.call("GET", "/")[2])

    def test_an_unknown_model_is_404(self):
        name = "nobody-has-this"
        self.refused(404, lambda: self.client.show(name), name)
        self.refused(404, lambda: self.client.chat(name, HELLO), name)
        self.refused(404, lambda: list(self.client.generate(name, "Hello", stream=True)), name)

    def test_bad_input_is_400_and_names_the_field(self):
        for path, field, value in (("/api/chat", "messages", 7), ("/api/generate", "prompt", 7)):
            status, _, answer = self.server.call("POST", path, {"model": self.model, field: value})
            self.assertEqual(status, 400, answer)
            self.assertIn(field, answer["error"])

    def test_what_would_change_models_is_501_and_says_what_to_do(self):
        self.refused(501, lambda: self.client.pull("llama3.2:1b"), "kindling pull")
        self.refused(501, lambda: self.client.delete(self.model), "kindling")
        self.refused(501, lambda: self.client.copy(self.model, "copy"), "kindling")
