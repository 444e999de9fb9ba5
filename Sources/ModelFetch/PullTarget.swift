public import ModelStore

/// What to pull, as people name it.
public enum PullTarget: Sendable, Hashable {
    /// A model of a registry, and the registry's address.
    case model(ModelReference, registry: String)
    /// A GGUF file on some web server, and the model that it becomes.
    case file(url: String, model: ModelReference)

    /// Reads a name such as `gemma3:4b`, `hf.co/org/name:Q4_K_M`, `http://localhost:5000/library/gemma3`, or the URL of a
    /// GGUF file.
    ///
    /// - Parameter name: what the model shall be called, for a URL; without it, as its file
    public init(_ text: String, as name: String? = nil) throws(PullError) {
        guard let scheme = text.firstRange(of: "://") else {
            self = try .named(text, scheme: "https", as: name)
            return
        }
        guard let address = WebAddress(text) else {
            throw .badName(Self.withoutSecrets(text), reason: "it is not a URL of the form https://host/path")
        }
        guard address.path.lowercased().hasSuffix(".gguf") else {
            self = try .named(String(text[scheme.upperBound...]), scheme: address.isSecure ? "https" : "http", as: name)
            return
        }
        let file = address.path.split(separator: "/").last.map { String($0.dropLast(5)) } ?? ""
        guard let model = name.map({ ModelReference($0) }) ?? ModelReference(sanitising: file) else {
            throw .badName(name ?? file, reason: "a model is named like gemma3:4b; name it with --as")
        }
        self = .file(url: address.url, model: model)
    }

    /// The model, as the store will have it.
    public var model: ModelReference {
        switch self {
        case .model(let model, _), .file(_, let model): model
        }
    }

    private static func named(_ text: String, scheme: String, as name: String?) throws(PullError) -> PullTarget {
        guard let model = ModelReference(text) else {
            throw .badName(withoutSecrets(text), reason: "a model is named like gemma3:4b or hf.co/org/name:Q4_K_M")
        }
        guard name == nil else {
            throw .badName(text, reason: "a model of a registry keeps its name; --as is for files")
        }
        return .model(model, registry: "\(scheme)://\(model.host)")
    }

    /// What stands before an @ or behind a ? may be a password.
    private static func withoutSecrets(_ text: String) -> String {
        let start = text.lastIndex(of: "@").map { text.index(after: $0) } ?? text.startIndex
        return String(text[start...].prefix { $0 != "?" })
    }
}
