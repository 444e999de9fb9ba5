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

    /// A policy in full.
    public init(
        tokenCap: Int = 4096,
        pinnedContext: Int? = 8192,
        allowsKeepAlive: Bool = false,
        maximumPrompts: Int = 1024
    ) {
        self.tokenCap = tokenCap
        self.pinnedContext = pinnedContext
        self.allowsKeepAlive = allowsKeepAlive
        self.maximumPrompts = maximumPrompts
    }
}
