/// A request that is not done, with the reason in a sentence that says what to do instead.
public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status that fits.
    public let status: Int
    /// For a person.
    public let message: String
    /// Whole seconds after which another try makes sense.
    public let retryAfter: Int?

    /// A refusal in full.
    public init(_ status: Int, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The same as ``message``.
    public var description: String { message }

    static func unknownJob(_ id: String) -> Refusal {
        Refusal(
            404,
            "There is no job \(id). Results are kept for a while only: 30 minutes after /run, one after /runsync."
        )
    }
}
