import Support

/// Hands items, one after the other, to a consumer that may block, on a thread that lives only while there is work.
///
/// A worker has a handful of starts in its life: a thread that waits for them would wait for ever.
final class BackgroundQueue<Item: Sendable, State: Sendable>: Sendable {
    private struct Content {
        var items: [Item] = []
        /// Nil while the thread has it.
        var state: State?
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
        var flushes = 0
    }

    private let limit: Int
    private let content: Lock<Content>
    private let consume: @Sendable (Item, inout State) -> Void

    /// - Parameters:
    ///   - limit: how many items may wait
    ///   - state: what the consumer works with; one thread at a time has it
    init(limit: Int = 256, state: State, consume: @escaping @Sendable (Item, inout State) -> Void) {
        self.limit = limit
        self.consume = consume
        content = Lock(Content(state: state))
    }

    /// Takes an item, never blocking.
    func add(_ item: Item) throws(QueueRefusal) {
        let (isFull, state) = content.withLock { content -> (Bool, State?) in
            guard content.items.count < limit else { return (true, nil) }
            content.items.append(item)
            return (false, content.state.take())
        }
        guard !isFull else { throw .full }
        // Whoever found the state there starts the thread that uses it.
        guard let state else { return }
        let error = OwnThread.start { self.work(with: state) }
        guard error != 0 else { return }
        let waiting = content.withLock { content in
            content.items.removeAll()
            content.state = state
            return content.waiting.drain()
        }
        for continuation in waiting { continuation.resume(returning: true) }
        throw .noThread(error)
    }

    /// Returns true when everything added so far has been consumed, false when that takes too long: a dead network mount
    /// must not keep a process from ending.
    func flush(within time: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            let number = content.withLock { content -> Int? in
                guard content.state == nil else { return nil }
                content.flushes += 1
                content.waiting[content.flushes] = continuation
                return content.flushes
            }
            guard let number else { return continuation.resume(returning: true) }
            // Started behind the entry that it takes out, or it could look for it too soon.
            Task {
                try await Task.sleep(for: time)
                content.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: false)
            }
        }
    }

    private func work(with first: State) {
        var state = first
        while let items = next(state) {
            for item in items { consume(item, &state) }
        }
    }

    /// What there is to do; or the end of this thread, which leaves the state to the next one.
    private func next(_ state: State) -> [Item]? {
        let (items, waiting) = content.withLock { content -> ([Item], [CheckedContinuation<Bool, Never>]) in
            guard content.items.isEmpty else {
                defer { content.items = [] }
                return (content.items, [])
            }
            content.state = state
            return ([], content.waiting.drain())
        }
        for continuation in waiting { continuation.resume(returning: true) }
        return items.isEmpty ? nil : items
    }
}

/// Why a ``BackgroundQueue`` did not take an item.
enum QueueRefusal: Error, Sendable, Hashable {
    case full
    /// There is no thread to be had; the errno.
    case noThread(Int32)
}

extension Dictionary {
    fileprivate mutating func drain() -> [Value] {
        defer { self = [:] }
        return Array(values)
    }
}
