import JSON

/// What was started: the things by which two starts can be compared.
public struct StartSubject: Sendable, Hashable {
    /// The model's name.
    public var model: String?
    /// The digest of its manifest or weights.
    public var digest: String?
    /// `Q4_K_M`.
    public var quantisation: String?
    /// `ollama`, `llama-server`.
    public var engine: String?
    /// The engine's version.
    public var engineVersion: String?
    /// What it ran on: the GPU's name, or `CPU`.
    public var device: String?
    /// The GPU's driver.
    public var driver: String?

    /// Each member with the attribute that holds it, in the order of records.
    static let members: [(name: String, path: any WritableKeyPath<StartSubject, String?> & Sendable)] = [
        ("model", \.model), ("digest", \.digest), ("quantisation", \.quantisation), ("engine", \.engine),
        ("engine_version", \.engineVersion), ("device", \.device), ("driver", \.driver),
    ]

    /// Nothing is known.
    public init() {}

    /// What a timeline's attributes say.
    public init(_ timeline: Timeline) {
        for (name, path) in Self.members { self[keyPath: path] = timeline.attribute(name) }
    }

    init(_ fields: JSON.Object) {
        for (name, path) in Self.members { self[keyPath: path] = fields[name]?.string }
    }

    /// Every member, those that are not known as null: a record says what it does not know.
    var fields: JSON.Object {
        JSON.Object(Self.members.map { ($0.name, self[keyPath: $0.path].map(JSON.string) ?? .null) })
    }

    /// `gemma3 on ollama (CPU)`; empty if nothing is known.
    var title: String {
        let subject = [model, engine].compactMap { $0 }.joined(separator: " on ")
        guard let device else { return subject.printable }
        return (subject.isEmpty ? device : "\(subject) (\(device))").printable
    }
}

extension Timeline {
    /// An attribute of the whole start, else of the first phase that has it.
    func attribute(_ name: String) -> String? {
        attributes[name]?.string ?? phases.lazy.compactMap { $0.attributes[name]?.string }.first
    }
}
