public import Machine

/// A folder in which models are looked for.
public struct Place: Sendable, Hashable {
    /// Why it is looked at.
    public enum Role: String, Sendable, Hashable {
        /// `OLLAMA_MODELS` names it.
        case named
        /// Images are baked there.
        case baked
        /// A volume, by default or by configuration.
        case volume
        /// Ollama's own folder.
        case ollama
        /// A cache of Hugging Face's libraries.
        case cache
    }

    /// What is there.
    public enum State: String, Sendable, Hashable {
        /// Nothing.
        case absent
        /// Something else than a folder.
        case notAFolder = "not a folder"
        /// A folder that this user may not list.
        case unreadable
        /// A folder.
        case present
    }

    /// Its path.
    public var path: String
    /// Why it is looked at.
    public var role: Role
    /// What is there.
    public var state: State
    /// Whether this user may write there.
    public var isWritable = false
    /// Models in it, whole or not.
    public var models = 0
    /// Names of partial downloads.
    public var partials = 0
    /// The file system; of the nearest folder above it where it is absent.
    public var mount: Mount?
    /// Bytes that are free.
    public var free: Int?

    /// A place, empty.
    public init(_ path: String, _ role: Role, _ state: State) {
        self.path = path
        self.role = role
        self.state = state
    }
}
