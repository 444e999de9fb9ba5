/// First come, first served, with leaving from the middle: every operation is O(1) (amortised).
///
/// A place in the line is a number. A dictionary by number rather than an array: ten thousand waiting jobs may be
/// cancelled in any order without a scan and without leaving holes that use memory.
struct Line<Element: Sendable>: Sendable {
    typealias Ticket = Int

    private var members: [Ticket: Element] = [:]
    private var front = 0
    private var back = 0

    var count: Int { members.count }
    var isEmpty: Bool { members.isEmpty }

    /// Joins at the end.
    mutating func append(_ element: Element) -> Ticket {
        defer { back += 1 }
        members[back] = element
        return back
    }

    /// Goes before everybody.
    mutating func prepend(_ element: Element) -> Ticket {
        front -= 1
        members[front] = element
        return front
    }

    /// Leaves from wherever it stands.
    mutating func remove(_ ticket: Ticket) {
        members[ticket] = nil
        if members.isEmpty { front = back }
    }

    /// Takes the first one out.
    mutating func popFirst() -> Element? {
        while front < back {
            defer { front += 1 }
            if let element = members.removeValue(forKey: front) { return element }
        }
        return nil
    }
}
