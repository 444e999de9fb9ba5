import HTTPTypes
import HummingbirdCore
import JSON
import Jobs
import LocalQueue

// The Open Inference Protocol.

extension Faces {
    func openInference(_ route: OpenInferenceRoute, _ exchange: Exchange) async throws -> Response {
        switch route {
        case .server:
            return .json(200, ["name": "kindling", "version": .string(version), "extensions": []])
        case .model(let name):
            _ = try await models(.details(of: name))
            return .json(200, Self.metadata(name))
        case .ready(let name):
            _ = try await models(.details(of: name))
            let isReady = await service.condition() == .ready
            return .json(isReady ? 200 : 503, ["name": .string(name), "ready": .bool(isReady)])
        case .infer(let name): return try await infer(name, exchange)
        }
    }

    private func infer(_ model: String, _ exchange: Exchange) async throws -> Response {
        // Beside the JSON there would be bytes, which would be taken for broken JSON.
        if let name = HTTPField.Name("Inference-Header-Content-Length"), exchange.request.headers[name] != nil {
            throw Refusal(400, "Binary tensors are not read here. Send the texts in \"data\".")
        }
        let body = try await exchange.object(upTo: bodyLimit, example: InferRequest.example)
        let request = try InferRequest(body, model: model)
        let outputs = try await answers(request.prompts.map(\.input), called: "inputs[0].data", exchange)
        return .json(200, request.answer(outputs, model: model))
    }

    private static func metadata(_ name: String) -> JSON {
        [
            "name": .string(name), "versions": [], "platform": "kindling",
            "inputs": [["name": .string(InferRequest.input), "datatype": "BYTES", "shape": [-1]]],
            "outputs": [["name": .string(InferRequest.output), "datatype": "BYTES", "shape": [-1]]],
        ]
    }
}
