/// How a model was found, or not.
public struct Resolution: Sendable, Hashable {
    /// One place that was asked.
    public struct Step: Sendable, Hashable, CustomStringConvertible {
        /// What was looked for there.
        public enum Kind: String, Sendable, Hashable {
            /// A model in an Ollama store.
            case ollama
            /// A GGUF file in a folder.
            case files
            /// A model in a Hugging Face cache.
            case huggingFace = "huggingface"
            /// The file that was named.
            case path
        }

        /// What came of it.
        public enum Verdict: Sendable, Hashable, CustomStringConvertible {
            /// There is no such folder.
            case absent
            /// It has other models, or none.
            case notThere
            /// It is there, and this is wrong with it.
            case broken(ModelProblem)
            /// It is there in full.
            case found

            /// A word or two, for attributes of a phase.
            public var description: String {
                switch self {
                case .absent: "no such folder"
                case .notThere: "not there"
                case .broken(let problem): "\(problem)"
                case .found: "found"
                }
            }
        }

        /// What was looked for.
        public let kind: Kind
        /// Where.
        public let place: String
        /// What came of it.
        public let verdict: Verdict

        /// `ollama /models: not there`.
        public var description: String { "\(kind.rawValue) \(place): \(verdict)" }
    }

    /// The places that were asked, in order. The last one has the model, if any has.
    public internal(set) var steps: [Step] = []
    /// The model, or why there is none: the first broken one of that name, else that nobody has it.
    public internal(set) var result: Result<StoredModel, ModelProblem>

    /// The model, if it was found.
    public var model: StoredModel? { try? result.get() }
}
