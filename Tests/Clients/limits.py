"""One slot, a short line and a key: what happens to those who must wait, give up, or may not come in."""

import threading
import unittest

import openai
from case import HELLO, openai_client
from serving import Serve, until

KEY = "a-key-for-tests-1"
CANCELLED = 'kindling_jobs_total{outcome="cancelled"}'
WAITING = "kindling_jobs_waiting"
COMPLETED = 'kindling_jobs_total{outcome="completed"}'
# Longer than any test waits: what ends before has been ended.
ENDLESS = {"max_tokens": 1900, "stream": True, "extra_body": {"ignore_eos": True}}


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Serve(KINDLING_API_KEY=KEY, KINDLING_QUEUE_LENGTH="2", KINDLING_CONCURRENCY="1")

    @classmethod
    def tearDownClass(cls):
        if trouble := cls.server.end():
            raise AssertionError(trouble)

    def setUp(self):
        self.client = openai_client(self.server, api_key=KEY)

    def chat(self, **options):
        return self.client.chat.completions.create(
            **{"model": self.server.model, "messages": HELLO, "max_tokens": 2} | options)

    def metric(self, series):
        return self.server.metric(series, key=KEY)

    def begin_endless_stream(self):
        """A stream that has begun and holds the only slot."""
        stream = self.chat(**ENDLESS)
        self.addCleanup(stream.close)
        next(iter(stream))
        return stream

    def wait_in_line(self, stream):
        """Two requests that fill the line behind a stream, and what they will have been answered."""
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.outcome())) for _ in range(2)]
        for thread in threads:
            thread.start()
            self.addCleanup(thread.join)
        self.addCleanup(stream.close)
        until(lambda: self.metric(WAITING) == 2, "two wait", self.server)
        return threads, answers

    def give_up(self):
        with self.assertRaises(openai.APITimeoutError):
            self.client.with_options(timeout=2).chat.completions.create(
                model=self.server.model, messages=HELLO, max_tokens=2)

    def outcome(self):
        try:
            return bool(self.chat().choices[0].message.content)
        except openai.APIError as error:
            return str(error)

    def test_a_wrong_key_is_401_on_every_face(self):
        with self.assertRaises(openai.AuthenticationError):
            openai_client(self.server, api_key="wrong").models.list()
        with self.assertRaises(openai.AuthenticationError):
            openai_client(self.server, api_key="wrong").chat.completions.create(model="any", messages=HELLO)
        for method, path in (("GET", "/api/tags"), ("POST", "/invocations"), ("POST", "/run"), ("GET", "/metrics")):
            with self.subTest(path):
                self.assertEqual(self.server.call(method, path, {} if method == "POST" else None)[0], 401)
        self.assertEqual(self.server.status("/ping"), 200)

    def test_a_client_that_leaves_frees_its_slot(self):
        before = self.metric(CANCELLED), self.metric(COMPLETED)
        stream = self.begin_endless_stream()
        stream.close()
        # Nobody else can have the slot while the first request goes on; and it cannot have come to its end, for then it
        # would count as completed.
        self.assertTrue(self.chat().choices[0].message.content)
        self.assertEqual((self.metric(CANCELLED), self.metric(COMPLETED)), (before[0] + 1, before[1] + 1))

    def test_a_client_that_leaves_the_line_is_forgotten(self):
        stream = self.begin_endless_stream()
        patience = threading.Thread(target=self.give_up)
        patience.start()
        until(lambda: self.metric(WAITING) == 1, "one waits", self.server)
        patience.join()
        until(lambda: self.metric(WAITING) == 0, "nobody waits", self.server)
        stream.close()
        self.assertTrue(self.chat().choices[0].message.content)

    def test_beyond_the_line_there_is_429_with_a_time_to_come_again(self):
        stream = self.begin_endless_stream()
        threads, answers = self.wait_in_line(stream)
        for streamed in (False, True):
            with self.assertRaises(openai.RateLimitError) as caught:
                self.chat(stream=streamed)
            self.assertGreaterEqual(int(caught.exception.response.headers["retry-after"]), 1)
        status, headers, answer = self.server.call(
            "POST", "/api/chat", {"model": self.server.model, "messages": HELLO}, key=KEY)
        self.assertEqual((status, "Retry-After" in headers, "error" in answer), (429, True, True))
        stream.close()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [True, True])

    def test_a_client_that_tries_again_gets_through(self):
        stream = self.begin_endless_stream()
        self.wait_in_line(stream)
        # The package heeds Retry-After by itself, and the line is full at its first attempt.
        with self.assertRaises(openai.RateLimitError):
            self.chat()
        threading.Timer(0.5, stream.close).start()
        patient = self.client.with_options(max_retries=5)
        answer = patient.chat.completions.create(model=self.server.model, messages=HELLO, max_tokens=2)
        self.assertTrue(answer.choices[0].message.content)
