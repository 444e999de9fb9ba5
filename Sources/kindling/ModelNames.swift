/// Names of models in variables that hold several, as users of preload scripts write them.
enum ModelNames {
    /// The names to make ready: `KINDLING_PRELOAD_MODELS` or `OLLAMA_PRELOAD_MODELS`, else those in `OLLAMA_MODELS`.
    ///
    /// - Parameter preload: the setting's text
    static func preloaded(_ preload: String?, _ environment: [String: String]) -> [String] {
        let names = split(preload ?? "")
        return names.isEmpty ? inOllamaModels(environment) : names
    }

    /// `OLLAMA_MODELS` may hold names instead of a folder, which begins with `/`, `.` or `~`.
    static func inOllamaModels(_ environment: [String: String]) -> [String] {
        guard let text = environment["OLLAMA_MODELS"], let first = text.first(where: { $0 != " " }),
            !"/.~".contains(first)
        else { return [] }
        return split(text)
    }

    static func split(_ text: String) -> [String] {
        text.split { " ,\n\t".contains($0) }.map(String.init)
    }
}
