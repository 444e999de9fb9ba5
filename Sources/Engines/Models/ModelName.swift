/// How Ollama spells a model: `HOST/NAMESPACE/MODEL:TAG`, with everything but the model left out where it is usual.
enum ModelName {
    private static let usualHost = "registry.ollama.ai/"
    private static let usualNamespace = "library/"

    /// The short spelling with its tag: `registry.ollama.ai/library/gemma` and `gemma` are both `gemma:latest`.
    static func canonical(_ name: String) -> String {
        var short = Substring(name)
        if short.hasPrefix(usualHost) { short = short.dropFirst(usualHost.count) }
        if short.hasPrefix(usualNamespace) { short = short.dropFirst(usualNamespace.count) }
        let model = short.split(separator: "/", omittingEmptySubsequences: false).last ?? short
        return model.contains(":") || short.contains("@") ? String(short) : "\(short):latest"
    }
}
