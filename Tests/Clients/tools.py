"""Calls of tools, and streams that break: an engine with a script stands in for a model that would do it."""

import json

import ollama
import openai
from case import HELLO, WEATHER, OwnServerCase, openai_client
from engine import ScriptedEngine, event
from serving import PATIENCE

OSLO = {"name": "weather", "arguments": '{"city": "Oslo"}'}
CALL = {"index": 0, "id": "call_1", "type": "function", "function": OSLO}
CALLS = [event({"role": "assistant", "content": None, "tool_calls": [CALL]}), event({}, "tool_calls")]
WORDS = [event({"role": "assistant", "content": "one "}), event({"content": "two"})]


class Scripted(OwnServerCase):
    def scripted(self, *script, **options):
        engine = ScriptedEngine(*script, **options)
        self.addCleanup(engine.server_close)
        self.addCleanup(engine.shutdown)
        server = self.serve(
            KINDLING_ENGINE="openai", KINDLING_ENGINE_URL=engine.url, KINDLING_MODEL="scripted",
            KINDLING_ENGINE_PROGRAM=None)
        return engine, server

    def test_calls_of_tools_come_through_on_both_faces(self):
        engine, server = self.scripted(CALLS)
        client = openai_client(server)
        answer = client.chat.completions.create(model="scripted", messages=HELLO, tools=[WEATHER])
        (call,) = answer.choices[0].message.tool_calls
        self.assertEqual((call.function.name, json.loads(call.function.arguments)), ("weather", {"city": "Oslo"}))
        self.assertEqual(answer.choices[0].finish_reason, "tool_calls")
        self.assertEqual(engine.asked[-1]["tools"], [WEATHER])

        chunks = list(client.chat.completions.create(model="scripted", messages=HELLO, tools=[WEATHER], stream=True))
        (call,) = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
        self.assertEqual((call.id, call.function.name), ("call_1", "weather"))

        for stream in (False, True):
            answer = ollama.Client(host=server.url, timeout=PATIENCE).chat(
                "scripted", HELLO, tools=[WEATHER], stream=stream)
            parts = list(answer) if stream else [answer]
            (call,) = [call for part in parts for call in part.message.tool_calls or []]
            self.assertEqual((call.function.name, call.function.arguments), ("weather", {"city": "Oslo"}))
            self.assertTrue(parts[-1].done)
            self.assertEqual(engine.asked[-1]["tools"][0]["function"]["name"], "weather")

    def test_a_stream_that_the_engine_cuts_does_not_look_whole(self):
        _, server = self.scripted(WORDS, is_cut=True)
        stream = openai_client(server).chat.completions.create(model="scripted", messages=HELLO, stream=True)
        heard = []
        with self.assertRaises(openai.APIError):
            heard.extend(chunk.choices[0].delta.content for chunk in stream)
        parts = ollama.Client(host=server.url, timeout=PATIENCE).chat("scripted", HELLO, stream=True)
        with self.assertRaises(ollama.ResponseError):
            for part in parts:
                self.assertFalse(part.done)
        body = {"model": "scripted", "messages": HELLO, "stream": True}
        _, _, text = server.call("POST", "/v1/chat/completions", body)
        self.assertNotIn("[DONE]", text)
        self.assertIn('data: {"error"', text)
