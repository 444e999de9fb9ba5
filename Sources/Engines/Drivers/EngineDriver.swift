import JSON
import Jobs

/// What differs between engines, as pure functions: the supervisor performs, the driver knows.
protocol EngineDriver: Sendable {
    /// How the engine treats models.
    var serving: EngineMachine.Serving { get }
    /// The path that says whether it is ready; the second is asked where the first is unknown (404).
    var readinessPaths: [String] { get }
    /// The path that lists the models; nil: they are found on the disk.
    var listingPath: String? { get }

    /// The path that lists what is in memory; nil: what was loaded stays.
    var residencePath: String? { get }

    /// The spelling under which a model counts as one and the same.
    func canonicalName(_ name: String) -> String
    /// How to start it on a loopback port.
    func launch(program: String, port: UInt16, model: ModelFile?, plan: LoadPlan) -> Launch
    /// What an answer on a readiness path means.
    func verdict(status: Int, body: [UInt8]) -> EngineMachine.Probe
    /// Requests that bring a model into memory; the second is sent where the first is refused. Empty: nothing to send.
    func loadRequests(for model: String) -> [EngineRequest]
    /// A tiny generation; nil: this model cannot generate.
    func warmUpRequest(for model: LoadedModel) -> EngineRequest?
    /// A request that puts a model out of memory; nil: it goes with the process.
    func unloadRequest(for model: String) -> EngineRequest?
    /// The engine's own request for a call.
    func request(for call: EngineCall, model: LoadedModel) throws(EngineFailure) -> EngineRequest
    /// What an answer that is not a 2xx means.
    func failure(status: Int, body: [UInt8]) -> EngineFailure
}

/// How a program is started.
struct Launch: Sendable, Hashable {
    var arguments: [String]
    var environment: [String: String]
}

/// A model that answers requests.
struct LoadedModel: Sendable, Hashable {
    /// The engine's name for it; empty: none was asked for.
    var name: String
    /// Whether prompts can be put into the form that the model was trained for.
    var hasChatTemplate = true
    var isEmbeddingOnly = false
    /// What the model's own manifest says where a job says nothing, in Ollama's language.
    var defaults = ModelDefaults()
}

/// What an Ollama model brings along beside its weights.
struct ModelDefaults: Sendable, Hashable {
    /// `options` by Ollama's names (`PARAMETER` in a Modelfile).
    var options: JSON.Object = [:]
    /// The system prompt (`SYSTEM`).
    var system: String?
    /// Messages that stand before the client's (`MESSAGE`).
    var messages: [JSON] = []

    /// A job's options over the model's own.
    func options(_ given: JSON?) -> JSON.Object {
        var merged = options
        for (name, value) in given?.object ?? [:] { merged[name] = value }
        return merged
    }

    /// A chat as Ollama would send it to its template: the model's own messages first, its system prompt unless the
    /// client brings one.
    func messages(_ given: [JSON]) -> [JSON] {
        let all = messages + given
        guard let system, !system.isEmpty, given.first?["role"]?.string != "system" else { return all }
        return [["role": "system", "content": .string(system)]] + all
    }
}

/// A request in the engine's own language, and how its answer is read.
struct EngineRequest: Sendable, Hashable {
    var method = "POST"
    var path: String
    var body: JSON.Object?
    var decoding: Decoding
}

extension EngineDriver {
    func canonicalName(_ name: String) -> String { name }
    var residencePath: String? { nil }
    func unloadRequest(for model: String) -> EngineRequest? { nil }

    /// The models in a listing, Ollama's or OpenAI's.
    func models(inListing body: [UInt8]) -> [String] {
        guard let listing = try? JSON(parsing: body) else { return [] }
        let entries = listing["data"]?.array ?? listing["models"]?.array ?? []
        return entries.compactMap { ($0["id"] ?? $0["name"] ?? $0["model"])?.string }
    }
}

extension EngineFailure.Kind {
    /// Whether the server does not know the route at all.
    var lacksRoute: Bool { [.refused(status: 404), .refused(status: 405), .refused(status: 501)].contains(self) }
}

extension EngineFailure {
    /// The message in an error body, Ollama's (`{"error":"…"}`, sometimes with a JSON text inside) or OpenAI's
    /// (`{"error":{"message":"…"}}`); the body itself if it is neither.
    static func message(in body: [UInt8]) -> String {
        guard let parsed = try? JSON(parsing: body), let error = parsed["error"] else {
            return String(decoding: body.prefix(500), as: UTF8.self)
        }
        return message(of: error)
    }

    /// The message of an `error` member.
    static func message(of error: JSON) -> String {
        guard let text = error.string else { return error["message"]?.string ?? error.description }
        guard text.hasPrefix("{"), let inner = try? JSON(parsing: text)["error"] else { return text }
        return message(of: inner)
    }
}
