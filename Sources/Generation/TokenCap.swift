internal import JSON

/// How many tokens a generation may write, out of what the job asked for and what the operator allows.
///
/// Every request to the engine carries a limit: without one Ollama writes up to ten times the context, and with
/// `num_predict: 0` it never ends (120 s and still going when recorded).
struct TokenCap {
    /// The limit that the engine is given.
    let limit: Int
    /// Whether the job asked for more, or for no limit.
    let isClamped: Bool

    /// - Parameter asked: every limit that the job states. The smallest good one holds; one below 1 means "none".
    init(asked: [Int], cap: Int) {
        let bounded = asked.filter { $0 >= 1 }.min()
        limit = min(bounded ?? cap, cap)
        isClamped = !asked.isEmpty && (bounded ?? .max) > cap
    }

    /// What the client is told.
    var notes: JSON.Object {
        isClamped ? ["token_cap": JSON(limit)] : [:]
    }
}
