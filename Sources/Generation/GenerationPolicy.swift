/// What the operator allows jobs to ask for.
public struct GenerationPolicy: Sendable, Hashable {
    /// The most tokens that one generation may write. A job that asks for more, or for no limit, gets this many.
    public var tokenCap: Int
    /// The context that the model was loaded with. Nil: not ours to know (a foreign engine), so `num_ctx` is passed on.
    public var pinnedContext: Int?
    /// Whether a job may say how long the model stays loaded. If not, it stays for ever: the worker is there for it.
    public var allowsKeepAlive: Bool
    /// The most prompts that one job may bring.
    public var maximumPrompts: Int
    /// The most texts that one job may have embedded.
    public var maximumTexts: Int
    /// The most images (and other media) that one job may bring, wherever they stand.
    public var maximumImages: Int
    /// The most bytes that one of them may have, decoded.
    public var maximumImageBytes: Int
    /// The most bytes of a job's input.
    public var maximumInputBytes: Int
    /// Whether images may be named by URL. If not, such a job is refused; in neither case does a URL reach the engine.
    public var fetchesURLs: Bool
    /// Further names under which clients call the worker's own model.
    public var servedNames: Set<String>

    /// A policy in full.
    public init(
        tokenCap: Int = 4096,
        pinnedContext: Int? = 8192,
        allowsKeepAlive: Bool = false,
        maximumPrompts: Int = 1024,
        maximumTexts: Int = 2048,
        maximumImages: Int = 16,
        maximumImageBytes: Int = 20 << 20,
        maximumInputBytes: Int = 20 << 20,
        fetchesURLs: Bool = false,
        servedNames: Set<String> = []
    ) {
        self.tokenCap = tokenCap
        self.pinnedContext = pinnedContext
        self.allowsKeepAlive = allowsKeepAlive
        self.maximumPrompts = maximumPrompts
        self.maximumTexts = maximumTexts
        self.maximumImages = maximumImages
        self.maximumImageBytes = maximumImageBytes
        self.maximumInputBytes = maximumInputBytes
        self.fetchesURLs = fetchesURLs
        self.servedNames = servedNames
    }

    /// The model that is meant by a name. Nil: the worker's own.
    func model(_ name: String?) -> String? {
        name.flatMap { servedNames.contains($0) ? nil : $0 }
    }
}
