"""The contracts of the platforms, each by its own variables, as its own probes and routers speak them."""

import http.client
import json

from case import HELLO, OwnServerCase
from serving import PATIENCE, Gate, Store, free_port, is_open, until

SHORT = {"max_tokens": 4}


class SageMaker(OwnServerCase):
    def test_sagemaker_asks_ping_and_invocations(self):
        server = self.serve(KINDLING_PORT=None, SAGEMAKER_BIND_TO_PORT=str(free_port()), KINDLING_START=None)
        until(lambda: server.status("/ping") == 200, "/ping is 200", server)

        status, _, answer = server.call("POST", "/invocations", {"messages": HELLO, **SHORT})
        self.assertEqual((status, answer["object"]), (200, "chat.completion"))
        body = {"inputs": "Once upon", "parameters": {"max_new_tokens": 4}}
        status, _, answer = server.call("POST", "/invocations", body)
        self.assertEqual(status, 200)
        self.assertTrue(answer[0]["generated_text"])
        status, _, answer = server.call("POST", "/invocations", {"input": {"prompt": "Once upon", **SHORT}})
        self.assertEqual(status, 200, answer)
        status, headers, text = server.call("POST", "/invocations", {"messages": HELLO, "stream": True, **SHORT})
        self.assertEqual((status, headers["Content-Type"]), (200, "text/event-stream"))
        self.assertTrue(text.endswith("data: [DONE]\n\n"))
        status, _, answer = server.call("POST", "/invocations", {"nothing": "known"})
        self.assertEqual(status, 400)
        self.assertIn("messages", answer["error"])
        self.assertEqual(server.call("POST", "/run", {"input": {"prompt": "Hello"}})[0], 404)


class Vertex(OwnServerCase):
    def test_vertex_asks_its_own_routes(self):
        server = self.serve(
            KINDLING_PORT=None, AIP_HTTP_PORT=str(free_port()), AIP_HEALTH_ROUTE="/alive",
            AIP_PREDICT_ROUTE="/v1/endpoints/1/deployedModels/2:predict", KINDLING_START=None)
        until(lambda: server.status("/alive") == 200, "the health route is 200", server)
        body = {"instances": ["Once upon", {"messages": HELLO}], "parameters": {"maxOutputTokens": 4}}
        status, _, answer = server.call("POST", "/v1/endpoints/1/deployedModels/2:predict", body)
        self.assertEqual(status, 200, answer)
        text, chat = answer["predictions"]
        self.assertIsInstance(text, str)
        self.assertEqual(chat["usage"]["completion_tokens"], 4)
        status, _, answer = server.call("POST", "/v1/endpoints/1/deployedModels/2:predict", {"instances": ["a", 7]})
        self.assertEqual(status, 400)
        self.assertIn("instances[1]", answer["error"])


class KServe(OwnServerCase):
    def test_kserve_asks_both_of_its_protocols(self):
        store = Store()
        self.addCleanup(store.remove)
        server = self.serve(
            store=store, KINDLING_PORT=str(free_port()), KINDLING_PLATFORM="kserve", KINDLING_SERVED_NAME="writer",
            KINDLING_START=None)
        self.assertEqual(server.status("/v2/health/live"), 200)
        until(lambda: server.status("/v2/health/ready") == 200, "ready", server)
        self.assertEqual(server.status("/v2/models/writer/ready"), 200)
        self.assertEqual(server.status("/v2/models/nobody-has-this/ready"), 404)
        self.assertTrue(server.call("GET", "/v1/models/writer")[2]["ready"])

        status, _, answer = server.call(
            "POST", "/v1/models/writer:predict", {"instances": ["Once", "Twice"], "parameters": SHORT})
        self.assertEqual((status, len(answer["predictions"])), (200, 2), answer)
        tensor = {"name": "prompt", "shape": [2], "datatype": "BYTES", "data": ["Once", "Twice"]}
        status, _, answer = server.call(
            "POST", "/v2/models/writer/infer", {"id": "7", "inputs": [tensor], "parameters": SHORT})
        self.assertEqual((status, answer["id"]), (200, "7"))
        self.assertEqual((answer["outputs"][0]["datatype"], answer["outputs"][0]["shape"]), ("BYTES", [2]))
        status, _, answer = server.call(
            "POST", "/openai/v1/chat/completions", {"model": "writer", "messages": HELLO, **SHORT})
        self.assertEqual((status, answer["object"]), (200, "chat.completion"))


class RunPodLoadBalancing(OwnServerCase):
    def test_runpod_is_told_204_then_200_and_503_while_the_last_request_ends(self):
        gate, health = Gate(), free_port()
        server = self.serve(
            gate=gate, KINDLING_PORT=None, RUNPOD_ENDPOINT_ID="endpoint1", RUNPOD_POD_ID="pod1",
            PORT=str(free_port()), PORT_HEALTH=str(health),
            KINDLING_START=None)
        until(lambda: is_open(health), "the health port is open", server)
        self.assertEqual(server.status("/ping", health), 204)
        gate.open()
        until(lambda: server.status("/ping", health) == 200, "/ping is 200", server)

        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        body = {"messages": HELLO, "stream": True, "max_tokens": 200, "ignore_eos": True}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        self.assertTrue(response.readline().startswith(b"data: "))
        server.terminate()
        until(lambda: server.status("/ping", health) == 503, "/ping is 503", server)
        # The request that ran goes on to its end, and then the worker goes.
        self.assertTrue(response.read().endswith(b"data: [DONE]\n\n"))
