import Support

/// A value that will be there once, for any number of waiters, whose cancellation ends their waiting and nothing else.
final class Pledge<Value: Sendable>: Sendable {
    private struct Content {
        var value: Value?
        var waiting: [Int: CheckedContinuation<Value?, Never>] = [:]
        var cancelled: Set<Int> = []
        var waiters = 0
    }

    private let content = Lock(Content())

    /// The value is there; a second one is ignored.
    func keep(_ value: Value) {
        let waiting = content.withLock { content -> [CheckedContinuation<Value?, Never>] in
            guard content.value == nil else { return [] }
            content.value = value
            defer { content.waiting = [:] }
            return Array(content.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// Waits for the value. Nil: cancelled before it came.
    func value() async -> Value? {
        let number = content.withLock { content in
            content.waiters += 1
            return content.waiters
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, value) = content.withLock { content -> (Bool, Value?) in
                    if let value = content.value { return (true, value) }
                    // Cancelled before it came to wait.
                    if content.cancelled.remove(number) != nil { return (true, nil) }
                    content.waiting[number] = continuation
                    return (false, nil)
                }
                if isOver { continuation.resume(returning: value) }
            }
        } onCancel: {
            let continuation = content.withLock { content -> CheckedContinuation<Value?, Never>? in
                if let continuation = content.waiting.removeValue(forKey: number) { return continuation }
                if content.value == nil { content.cancelled.insert(number) }
                return nil
            }
            continuation?.resume(returning: nil)
        }
    }
}
