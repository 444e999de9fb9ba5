/// Why nothing can be told of a model.
public enum ListingFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nobody has a model of that name.
    case notFound(name: String)
    /// It is there, and cannot be loaded.
    case unusable(ModelProblem)

    /// `model 'gemma:latest' not found`, which is Ollama's own text and may be what a client looks for; else what is
    /// wrong and how to mend it.
    public var description: String {
        switch self {
        case .notFound(let name): "model '\(name)' not found"
        case .unusable(let problem): "\(problem)"
        }
    }
}
