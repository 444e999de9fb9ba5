"""The routes below /v1 as the `openai` package sees them."""

import openai
from case import HELLO, ClientCase, OwnServerCase, openai_client


class OpenAI(ClientCase):
    def setUp(self):
        self.client = openai_client(self.server)
        self.model = self.server.model

    def chat(self, **options):
        return self.client.chat.completions.create(
            **{"model": self.model, "messages": HELLO, "max_tokens": 8, "temperature": 0} | options)

    def test_a_model_is_retrieved(self):
        model = self.client.models.retrieve(self.model)
        self.assertEqual((model.id, model.object), (self.model, "model"))

    def test_a_chat(self):
        answer = self.chat()
        self.assertEqual(answer.object, "chat.completion")
        self.assertEqual(answer.choices[0].message.role, "assistant")
        self.assertTrue(answer.choices[0].message.content)
        self.assertIn(answer.choices[0].finish_reason, ("stop", "length"))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)

    def test_a_chat_below_openai_v1(self):
        client = openai_client(self.server, base_url=f"{self.server.url}/openai/v1")
        answer = client.chat.completions.create(model=self.model, messages=HELLO, max_tokens=2)
        self.assertTrue(answer.choices[0].message.content)

    def test_a_streamed_chat_says_what_the_whole_one_says(self):
        # The first request leaves its prompt in the slot's cache; from then on the same question is the same work.
        self.chat()
        whole = self.chat()
        chunks = list(self.chat(stream=True, stream_options={"include_usage": True}))
        self.assertEqual(len({chunk.id for chunk in chunks}), 1)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        self.assertEqual(text, whole.choices[0].message.content)
        reasons = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
        self.assertEqual(reasons, [None] * (len(reasons) - 1) + [whole.choices[0].finish_reason])
        counts = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage]
        self.assertEqual(counts, [whole.usage.completion_tokens])
        self.assertTrue(chunks[-1].usage)

    def test_a_schema_binds_the_answer(self):
        schema = {"name": "verdict", "schema": {"type": "string", "enum": ["yes", "no"]}}
        answer = self.chat(max_tokens=32, response_format={"type": "json_schema", "json_schema": schema})
        self.assertIn(answer.choices[0].message.content.strip(), ('"yes"', '"no"'))

    def test_a_completion_and_a_streamed_one(self):
        whole = self.client.completions.create(model=self.model, prompt="Once upon", max_tokens=4)
        self.assertEqual(whole.object, "text_completion")
        self.assertTrue(whole.choices[0].text)
        chunks = list(self.client.completions.create(model=self.model, prompt="Once upon", max_tokens=4, stream=True))
        self.assertTrue("".join(chunk.choices[0].text for chunk in chunks if chunk.choices))
        self.assertIsNotNone([chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1])

    def test_embeddings_in_order_and_in_both_encodings(self):
        texts = ["a cold start", "a warm slot", "a cold start"]
        # The package asks for base64 unless told otherwise.
        packed = self.client.embeddings.create(model=self.model, input=texts)
        plain = self.client.embeddings.create(model=self.model, input=texts, encoding_format="float")
        self.assertEqual([entry.index for entry in packed.data], [0, 1, 2])
        lengths = {len(entry.embedding) for entry in packed.data + plain.data}
        self.assertEqual(len(lengths), 1)
        self.assertGreater(lengths.pop(), 100)
        near = lambda a, b: max(abs(x - y) for x, y in zip(a, b, strict=True)) < 0.01  # noqa: E731
        self.assertTrue(near(packed.data[0].embedding, packed.data[2].embedding))
        self.assertFalse(near(packed.data[0].embedding, packed.data[1].embedding))
        self.assertTrue(near(packed.data[1].embedding, plain.data[1].embedding))

    def test_a_response_and_a_streamed_one(self):
        whole = self.client.responses.create(model=self.model, input="Hello", max_output_tokens=8)
        self.assertEqual((whole.object, whole.status), ("response", "completed"))
        self.assertTrue(whole.output_text)
        events = list(self.client.responses.create(model=self.model, input="Hello", max_output_tokens=8, stream=True))
        self.assertEqual((events[0].type, events[-1].type), ("response.created", "response.completed"))
        deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        self.assertEqual(events[-1].response.output_text, deltas)

    def test_an_unknown_model_is_404_and_says_which_there_are(self):
        for stream in (False, True):
            with self.assertRaises(openai.NotFoundError) as caught:
                self.chat(model="nobody/has-this:one", stream=stream)
            self.assertIn("nobody/has-this:one", caught.exception.message)
            self.assertIn(self.model, caught.exception.message)
        with self.assertRaises(openai.NotFoundError):
            self.client.models.retrieve("nobody-has-this")

    def test_bad_input_is_400_and_names_the_field(self):
        cases = {
            "messages": {"messages": 7},
            "max_tokens": {"max_tokens": "many"},
            "temperature": {"temperature": "hot"},
            "content": {"messages": [{"role": "user"}]},
        }
        for field, options in cases.items():
            for stream in (False, True):
                with self.subTest(field, stream=stream), self.assertRaises(openai.BadRequestError) as caught:
                    self.chat(stream=stream, **options)
                self.assertIn(field, caught.exception.message)
                self.assertEqual(caught.exception.type, "invalid_request_error")

    def test_answers_have_a_request_id(self):
        raw = self.client.chat.completions.with_raw_response.create(model=self.model, messages=HELLO, max_tokens=1)
        self.assertTrue(raw.headers["x-request-id"])


class NamedByItsFile(OwnServerCase):
    def test_a_model_that_is_a_file_is_listed_and_retrieved(self):
        server = self.serve()
        client = openai_client(server)
        self.assertEqual([model.id for model in client.models.list()], [server.model])
        self.assertEqual(client.models.retrieve(server.model).id, server.model)

    def test_a_model_without_embeddings_says_so_and_is_not_asked_again(self):
        server = self.serve()
        # The package repeats a request after every 5xx, and no repetition makes embeddings of this model.
        with self.assertRaises(openai.APIStatusError) as caught:
            openai_client(server).embeddings.create(model=server.model, input="Hello")
        self.assertIn("embeddings", caught.exception.message)
        self.assertLess(caught.exception.status_code, 500)
