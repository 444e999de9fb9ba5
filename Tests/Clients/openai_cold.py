"""A server that has not started its engine yet, and a client that knows nothing of that."""

import http.client
import json

from case import HELLO, ClientCase, OwnServerCase, openai_client
from serving import PATIENCE, Gate


class Cold(ClientCase):
    def test_models_are_listed_before_the_engine_runs(self):
        self.assertEqual([model.id for model in openai_client(self.server).models.list()], [self.server.model])
        self.assertEqual(self.server.metric('kindling_starts_total{kind="cold",outcome="succeeded"}', absent=0), 0)

    def test_the_first_request_waits_for_the_start(self):
        answer = openai_client(self.server).chat.completions.create(
            model=self.server.model, messages=HELLO, max_tokens=4)
        self.assertGreater(answer.usage.completion_tokens, 0)
        self.assertEqual(self.server.metric('kindling_starts_total{kind="cold",outcome="succeeded"}'), 1)


class LongCold(OwnServerCase):
    def test_a_long_start_shows_signs_of_life_that_clients_do_not_see(self):
        gate = Gate()
        server = self.serve(gate=gate)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        body = {"model": server.model, "messages": HELLO, "max_tokens": 4, "stream": True}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        self.assertEqual((response.status, response.getheader("Content-Type")), (200, "text/event-stream"))
        self.assertTrue(response.readline().startswith(b":"))

        stream = openai_client(server).chat.completions.create
        gate.open()
        chunks = list(stream(model=server.model, messages=HELLO, max_tokens=4, stream=True))
        self.assertIsNotNone(chunks[-1].choices[0].finish_reason)
        self.assertIn(b"data: [DONE]", response.read())
