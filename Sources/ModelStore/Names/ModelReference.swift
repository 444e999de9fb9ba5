/// A model's name in full, as Ollama spells it: `[HOST[:PORT]/][NAMESPACE/]MODEL[:TAG]`.
public struct ModelReference: Sendable, Hashable, CustomStringConvertible {
    /// The registry: `registry.ollama.ai` unless said, `hf.co` for Hugging Face in any spelling.
    public let host: String
    /// Whose model it is: `library` unless said.
    public let namespace: String
    /// The model itself, such as `gemma3`.
    public let model: String
    /// Which one of its kind: a size, a quantisation, `latest` unless said.
    public let tag: String

    /// Where names without a host come from.
    public static let usualHost = "registry.ollama.ai"
    /// Hugging Face's short host name, which is the one that stands in file names and answers.
    public static let huggingFaceHost = "hf.co"
    static let usualNamespace = "library"
    static let usualTag = "latest"
    static let longHuggingFaceHost = "huggingface.co"

    /// Whether its weights come from Hugging Face.
    public var isHuggingFace: Bool { host == Self.huggingFaceHost }

    /// The shortest spelling that means this model, with its tag: `gemma3:latest`, `hf.co/org/name:Q4_K_M`.
    public var short: String {
        let isUsualHost = host == Self.usualHost
        if isUsualHost, namespace == Self.usualNamespace { return "\(model):\(tag)" }
        // Without its host, `registry.ollama.ai/example.com/m` would be fetched from example.com.
        if isUsualHost, !Self.isHost(namespace) { return "\(namespace)/\(model):\(tag)" }
        return "\(host)/\(namespace)/\(model):\(tag)"
    }

    /// The place of its manifest below `manifests/`: `HOST/NAMESPACE/MODEL/TAG`.
    public var manifestPath: String { "\(host)/\(namespace)/\(model)/\(tag)" }

    /// The same as ``short``.
    public var description: String { short }

    /// The model of these parts; nil if one of them cannot be a part of a name.
    public init?(host: String, namespace: String, model: String, tag: String) {
        guard Part.host.accepts(host), Part.namespace.accepts(namespace), Part.model.accepts(model),
            Part.tag.accepts(tag)
        else { return nil }
        let isHuggingFace = [Self.huggingFaceHost, Self.longHuggingFaceHost].contains(host.lowercased())
        self.host = isHuggingFace ? Self.huggingFaceHost : host
        self.namespace = namespace
        self.model = model
        self.tag = tag
    }

    /// A part of a name, each of which becomes a file name and a part of a URL.
    private enum Part {
        case host, namespace, model, tag

        /// Letters, digits and inner punctuation: no way to say `..`, a slash, a blank or a control character.
        func accepts(_ text: String) -> Bool {
            let limit = self == .host ? 255 : 128
            guard let first = text.utf8.first, text.utf8.count <= limit, first.isAlphanumeric || first == .underscore
            else { return false }
            return text.utf8.allSatisfy { byte in
                byte.isAlphanumeric || byte == .underscore || byte == .hyphen || byte == .dot
                    || (self == .host && byte == .colon)
            }
        }
    }
}

extension UInt8 {
    static let underscore = UInt8(ascii: "_")
    static let hyphen = UInt8(ascii: "-")
    static let dot = UInt8(ascii: ".")
    static let colon = UInt8(ascii: ":")

    /// Of ASCII: a look-alike letter of another script would name another model.
    var isAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }
}
