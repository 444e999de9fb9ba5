/// What is known of a child's life, and who waits for its end.
///
/// `Waiter` is a continuation in the program and anything in a test.
struct Lifetime<Waiter> {
    /// Set once it is over: dead, its group dead, and what it wrote delivered.
    private(set) var status: ExitStatus?
    private var isReaped = false
    private var wasAskedToEnd = false
    private var waiters: [Int: Waiter] = [:]
    private var lastWaiter = 0

    init() {}

    /// Whether the group id is still ours: from the reaping on the kernel may give it to somebody else.
    var maySignal: Bool { !isReaped }

    mutating func newWaiter() -> Int {
        lastWaiter += 1
        return lastWaiter
    }

    /// The status if it is there; otherwise `waiter` is kept.
    mutating func wait(_ id: Int, _ waiter: Waiter) -> ExitStatus? {
        guard let status else {
            waiters[id] = waiter
            return nil
        }
        return status
    }

    /// The waiter, if it still waits.
    mutating func stopWaiting(_ id: Int) -> Waiter? {
        waiters.removeValue(forKey: id)
    }

    /// Whether to send SIGTERM: once, because llama-server takes a second one as an order to abort.
    mutating func askToEnd() -> Bool {
        defer { wasAskedToEnd = true }
        return !wasAskedToEnd && !isReaped
    }

    mutating func reaped() {
        isReaped = true
    }

    /// It is over; returns whom to tell.
    mutating func ended(_ status: ExitStatus) -> [Waiter] {
        self.status = status
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
