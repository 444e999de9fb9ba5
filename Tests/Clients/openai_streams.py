"""Many streams at once, through slots that are fewer."""

import threading

from case import HELLO, ClientCase, openai_client

CLIENTS = 32
TOKENS = 8


class Streams(ClientCase):
    def test_32_streams_at_once_are_whole_and_in_order(self):
        failures, streams = [], {}
        together = threading.Barrier(CLIENTS)

        def listen(number):
            try:
                client = openai_client(self.server, timeout=120)
                together.wait()
                # The engine counts the tokens that it has written into each chunk: order and completeness are plain to
                # see, whatever the model says.
                streams[number] = list(client.chat.completions.create(
                    model=self.server.model, messages=[*HELLO, {"role": "user", "content": f"Number {number}"}],
                    max_tokens=TOKENS, stream=True, stream_options={"include_usage": True},
                    extra_body={"timings_per_token": True, "ignore_eos": True}))
            except Exception as error:  # noqa: BLE001: whatever it is, it is what the test is about
                failures.append(f"{number}: {type(error).__name__}: {error}")

        threads = [threading.Thread(target=listen, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(streams), CLIENTS)
        ids = set()
        for chunks in streams.values():
            self.assertEqual(len({chunk.id for chunk in chunks}), 1)
            ids.add(chunks[0].id)
            counts = [
                chunk.timings["predicted_n"] for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
            self.assertEqual(counts, sorted(set(counts)))
            self.assertEqual(counts[-1], TOKENS)
            self.assertEqual([chunk.usage.completion_tokens for chunk in chunks if chunk.usage], [TOKENS])
        self.assertEqual(len(ids), CLIENTS)
