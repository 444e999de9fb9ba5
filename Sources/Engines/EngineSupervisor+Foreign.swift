import Generation
import HTTPTransport
public import JSON
public import Jobs

// A server that is not ours has models of its own: what it says of them counts, not what lies on this machine's disks.

extension EngineSupervisor {
    /// What a server that was not started here says of its models, in Ollama's shapes. Nil: there is none, or it does not
    /// answer; then the files here are all that is known.
    ///
    /// - Throws: its own refusal, such as 404 for a model that it does not have
    public func foreignAnswer(to question: ModelQuestion) async throws(InferenceFailure) -> JSON? {
        guard let server = foreignServer else { return nil }
        switch server.kind {
        case .openAI: return try await openAIAnswer(to: question, at: server.url)
        case .ollama, .llamaServer: return try await ollamaAnswer(to: question, at: server.url)
        }
    }

    private var foreignServer: (kind: EngineKind, url: String)? {
        guard let kind = prepared?.choice.kind else { return nil }
        if let process { return process.child == nil ? (kind, process.url) : nil }
        switch kind {
        case .ollama:
            let host = OllamaHost(configuration.environment["OLLAMA_HOST"])
            return host.isLocal ? nil : (kind, host.url)
        case .openAI:
            return configuration.url.map { (kind, $0.hasSuffix("/") ? String($0.dropLast()) : $0) }
        case .llamaServer:
            return nil
        }
    }

    private func ollamaAnswer(to question: ModelQuestion, at url: String) async throws(InferenceFailure) -> JSON? {
        switch question {
        case .onDisk: return try await answer(HTTPRequest("GET", "\(url)/api/tags"))
        case .inMemory: return try await answer(HTTPRequest("GET", "\(url)/api/ps"))
        case .details(let name):
            var request = HTTPRequest("POST", "\(url)/api/show")
            request.headers = [("Content-Type", "application/json")]
            request.body = (["model": .string(name)] as JSON).bytes
            return try await answer(request)
        }
    }

    /// OpenAI's list has names and nothing else.
    private func openAIAnswer(to question: ModelQuestion, at url: String) async throws(InferenceFailure) -> JSON? {
        guard let list = try await answer(HTTPRequest("GET", "\(url)/v1/models")) else { return nil }
        let names = (list["data"]?.array ?? []).compactMap { $0["id"]?.string }
        switch question {
        case .onDisk, .inMemory:
            return ["models": .array(names.map { ["name": .string($0), "model": .string($0)] })]
        case .details(let name):
            guard names.contains(name) else { throw InferenceFailure(404, "model '\(name)' not found") }
            return ["details": [:], "model_info": [:], "capabilities": ["completion"]]
        }
    }

    private func answer(_ request: HTTPRequest) async throws(InferenceFailure) -> JSON? {
        var request = request
        request.usesProxy = false
        request.connectTimeout = .seconds(2)
        request.timeout = .seconds(10)
        guard let reply = try? await client.fetch(request, upTo: 16 << 20), let body = try? JSON(parsing: reply.body)
        else { return nil }
        guard reply.status >= 400 else { return body }
        throw InferenceFailure(
            reply.status,
            AnswerError.message(in: body) ?? "the engine's server says \(reply.status)"
        )
    }
}
