public import ModelStore

/// A model that is whole.
public struct ModelFact: Sendable, Hashable {
    /// Its canonical name.
    public var name: String
    /// The place that it lies in.
    public var folder: String
    /// Its weights, or the first of several files with them.
    public var weights: String
    /// Bytes that a load reads.
    public var bytes: Int
    /// The quantisation, if the header says it.
    public var quantisation: String?
    /// What it needs of memory; nil: the header cannot be read.
    public var needs: ModelNeeds?
    /// What is wrong with the header.
    public var headerProblem: String?
    /// What Ollama renders its chats by: `template`, `renderer gemma4`, `parser gemma4`.
    public var ownRendering: [String] = []

    /// A model of which only the files are known.
    public init(name: String, folder: String, weights: String, bytes: Int) {
        self.name = name
        self.folder = folder
        self.weights = weights
        self.bytes = bytes
    }
}
