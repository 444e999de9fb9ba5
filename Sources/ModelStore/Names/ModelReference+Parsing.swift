extension ModelReference {
    /// The model that a text names; nil if it names none.
    ///
    /// Everything but the model may be left out. A first part with a dot or a port is a host, as Docker has it:
    /// `localhost:5000/gemma3` is the library's model in that registry.
    public init?(_ text: String) {
        // A host of 255 and three parts of 128 bytes, with what separates them.
        guard text.utf8.count <= 255 + 3 * 129 else { return nil }
        var parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let last = parts.popLast(), parts.count <= 2 else { return nil }
        let colon = last.firstIndex(of: ":")
        let tag = colon.map { String(last[last.index(after: $0)...]) } ?? Self.usualTag
        self.init(
            host: parts.count == 2 || parts.first.map(Self.isHost) == true
                ? String(parts.removeFirst()) : Self.usualHost,
            namespace: parts.first.map(String.init) ?? Self.usualNamespace,
            model: String(last[..<(colon ?? last.endIndex)]),
            tag: tag
        )
    }

    /// The canonical spelling of a text: ``short`` where it names a model, else the text itself.
    public static func canonical(_ text: String) -> String {
        ModelReference(text)?.short ?? text
    }

    /// A name for a file that nobody named: what cannot stand in a name becomes a hyphen.
    public init?(sanitising text: String) {
        let name = text.utf8.map { byte in
            byte.isAlphanumeric || byte == .underscore || byte == .dot ? byte : .hyphen
        }
        let start = name.firstIndex { $0.isAlphanumeric || $0 == .underscore } ?? name.endIndex
        self.init(String(decoding: name[start...].prefix(128), as: UTF8.self))
    }

    /// Whether the first of two parts is taken for a host and not for a namespace.
    static func isHost(_ part: some StringProtocol) -> Bool {
        part == "localhost" || part.contains(".") || part.contains(":")
    }

    /// The places where a store may have the manifest: Ollama keeps whichever spelling of Hugging Face was typed.
    var manifestPaths: [String] {
        guard isHuggingFace else { return [manifestPath] }
        return [manifestPath, "\(Self.longHuggingFaceHost)/\(namespace)/\(model)/\(tag)"]
    }
}
