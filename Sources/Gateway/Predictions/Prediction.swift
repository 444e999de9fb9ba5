import JSON
import LocalQueue

/// A body of a prediction route.
enum Prediction: Sendable, Hashable {
    /// One request, which may stream.
    case one(Instance)
    /// `{"instances": […], "parameters": {…}}`, answered with `{"predictions": […]}`.
    case many([Instance])

    /// - Parameter model: the model that the path names, as KServe's does; then there must be instances
    /// - Throws: ``Refusal`` with 400, which names the instance that is wrong
    init(_ body: JSON.Object, model: String?) throws(Refusal) {
        switch body["instances"] {
        case .array(let items)?:
            self = .many(try Self.instances(items, parameters: Self.parameters(body), model))
        case nil, .null:
            guard model == nil else {
                throw Refusal(400, "\"instances\" is missing; it must be an array, such as [\"Why is the sky blue?\"].")
            }
            self = .one(try Instance(.object(body)))
        case let other?: throw Refusal(400, "\"instances\" is \(other.typeName); it must be an array.")
        }
    }

    private static func parameters(_ body: JSON.Object) throws(Refusal) -> JSON.Object {
        switch body["parameters"] {
        case .object(let parameters)?: return parameters
        case nil, .null: return [:]
        case let other?: throw Refusal(400, "\"parameters\" is \(other.typeName); it must be an object.")
        }
    }

    private static func instances(
        _ items: [JSON],
        parameters: JSON.Object,
        _ model: String?
    ) throws(Refusal) -> [Instance] {
        guard !items.isEmpty else { throw Refusal(400, "\"instances\" is empty. Send at least one.") }
        try PredictionLimits.check(items.count, parameters, called: "instances")
        var instances: [Instance] = []
        for (index, item) in items.enumerated() {
            do throws(Refusal) {
                let instance = try Instance(item, defaults: parameters, model: model)
                guard !instance.streams else { throw .predictionsAreWhole }
                instances.append(instance)
            } catch {
                throw error.naming("instances[\(index)]")
            }
        }
        return instances
    }
}

/// What one prediction may ask for. Parameters are merged into each instance, so the two multiply: 20 KB of body could
/// else keep a core busy for a minute.
enum PredictionLimits {
    static let instances = 1024
    static let parameters = 64
    /// Members of one instance; as many as a job's object may have.
    static let members = 256

    static func check(_ count: Int, _ parameters: JSON.Object, called name: String) throws(Refusal) {
        guard count <= instances else {
            throw Refusal(400, "\"\(name)\" has \(count) items; at most \(instances) are taken. Send the rest apart.")
        }
        guard parameters.count <= Self.parameters else {
            throw Refusal(
                400,
                "\"parameters\" has \(parameters.count) members; at most \(Self.parameters) are taken."
            )
        }
    }
}

extension Refusal {
    static let predictionsAreWhole = Refusal(
        400,
        "\"stream\" is true, but predictions are given whole. Stream over /v1/chat/completions or /invocations."
    )

    /// The same about one of many.
    func naming(_ place: String) -> Refusal {
        Refusal(status, "\(place): \(OpenAIError.text(of: message))", retryAfter: retryAfter)
    }
}
