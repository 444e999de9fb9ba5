/// Where those who pass a stream on from the engine to a client run.
///
/// A token that comes alone passes three tasks, and a thread that wakes for one costs 50 to 100 µs of processor time. On the
/// thread that writes to the client they hand over to each other for nothing.
public enum StreamExecutor {
    /// The client's; nil: the pool is as good.
    @TaskLocal public static var current: (any TaskExecutor)?
}
