/// How many convictions in a row are believed.
///
/// With one slot an engine that dies under every job looks like a row of poisonous jobs: each kills it alone, each is
/// convicted, each death is pardoned, and the worker would bill on and fail whatever the queue has. So the deaths under
/// the third job in a row count as the engine's own again, and with the next ones it is given up. A generation that is
/// completed proves that the engine can work, and the row begins anew.
public struct ConvictionLimit: Sendable, Hashable {
    private let limit: Int
    /// By job, because a batch may hold the same poison many times, and one job shall take no worker down.
    private var convicted: Set<String> = []

    /// - Parameter limit: the job in a row whose deaths are the engine's again
    public init(limit: Int = 3) {
        self.limit = limit
    }

    /// A generation came to its end.
    public mutating func generationCompleted() {
        convicted = []
    }

    /// A job killed the engine while it was alone.
    /// - Returns: whether its deaths are to be taken off the engine's account
    public mutating func convicted(_ job: String) -> Bool {
        guard convicted.count < limit else { return false }
        convicted.insert(job)
        return convicted.count < limit
    }
}
