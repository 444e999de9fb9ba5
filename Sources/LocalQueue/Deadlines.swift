/// For each key the moment at which somebody has to look at it; the earliest first, in O(log n).
///
/// Setting a key only ever moves its moment forward in time to an earlier one: who is woken too early asks again for
/// what is left. So a heartbeat that prolongs a hundred jobs' lives costs nothing here.
struct Deadlines<Key: Hashable & Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Entry: Sendable {
        let at: Instant
        let key: Key
    }

    private var heap: [Entry] = []
    private var current: [Key: Instant] = [:]

    /// Room for stale entries before they are swept; keeps a one-hour deadline of a job that ended from staying an hour.
    private static var slack: Int { 64 }

    /// Has `key` come up at `instant` or earlier.
    mutating func set(_ key: Key, at instant: Instant) {
        if let known = current[key], known <= instant { return }
        current[key] = instant
        heap.append(Entry(at: instant, key: key))
        siftUp(heap.count - 1)
        if heap.count > 2 * current.count + Self.slack { sweep() }
    }

    /// Forgets `key`.
    mutating func remove(_ key: Key) {
        current[key] = nil
        if heap.count > 2 * current.count + Self.slack { sweep() }
    }

    /// When the next key comes up.
    mutating func next() -> Instant? {
        while let first = heap.first {
            if current[first.key] == first.at { return first.at }
            popRoot()
        }
        return nil
    }

    /// Takes out one key whose moment has come.
    mutating func popDue(at now: Instant) -> Key? {
        while let first = heap.first, first.at <= now {
            popRoot()
            guard current[first.key] == first.at else { continue }
            current[first.key] = nil
            return first.key
        }
        return nil
    }

    private mutating func sweep() {
        heap = heap.filter { current[$0.key] == $0.at }
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
    }

    private mutating func popRoot() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        siftDown(0)
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].at < heap[parent].at else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
