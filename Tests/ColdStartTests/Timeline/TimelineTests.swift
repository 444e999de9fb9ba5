import Testing

@testable import ColdStart

/// A start and what must come of it: the path as name and length in order, and what is left over.
struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let entries: [Entry]
    let end: Double
    let path: [String]
    let unattributed: Double

    var testDescription: String { name }
}

private let cases: [Case] = [
    Case(name: "nothing is known", entries: [], end: 10, path: [], unattributed: 10),
    Case(name: "no time at all", entries: [("a", nil, 0, 0)], end: 0, path: [], unattributed: 0),
    Case(
        name: "one after the other",
        entries: [("a", nil, 0, 4), ("b", nil, 4, 10)],
        end: 10,
        path: ["a 4", "b 6"],
        unattributed: 0
    ),
    Case(
        name: "a gap before, between and after",
        entries: [("a", nil, 1, 4), ("b", nil, 6, 9)],
        end: 10,
        path: ["a 3", "b 3"],
        unattributed: 4
    ),
    Case(
        name: "a gap inside a parent is not the parent's",
        entries: [("p", nil, 0, 10), ("a", "p", 0, 4), ("b", "p", 7, 10)],
        end: 10,
        path: ["a 4", "b 3"],
        unattributed: 3
    ),
    Case(
        name: "a grandchild counts, its parents do not",
        entries: [("p", nil, 0, 10), ("q", "p", 1, 9), ("a", "q", 2, 8)],
        end: 10,
        path: ["a 6"],
        unattributed: 4
    ),
    Case(
        name: "a part that outlasts its parent counts whole",
        entries: [("p", nil, 0, 5), ("a", "p", 2, 8)],
        end: 10,
        path: ["a 6"],
        unattributed: 4
    ),
    Case(
        name: "what was waited for wins over what was over sooner",
        entries: [("prefetch", nil, 0, 6), ("spawn", nil, 0, 8), ("load", nil, 8, 10)],
        end: 10,
        path: ["spawn 8", "load 2"],
        unattributed: 0
    ),
    Case(
        name: "a long companion gets no more than the gaps between the steps",
        entries: [("spawn", nil, 0, 4), ("load", nil, 5, 10), ("prefetch", nil, 1, 9)],
        end: 10,
        path: ["spawn 4", "prefetch 1", "load 5"],
        unattributed: 0
    ),
    Case(
        name: "a poll that outlasts the start does not claim it",
        entries: [("queue.poll", nil, 0, 9), ("spawn", nil, 1, 4), ("load", nil, 4, 8), ("first_result", nil, 9, 10)],
        end: 10,
        path: ["queue.poll 1", "spawn 3", "load 4", "queue.poll 1", "first_result 1"],
        unattributed: 0
    ),
    Case(
        name: "a lazy start idles until its first job",
        entries: [("idle", nil, 0, 60), ("spawn", nil, 60, 64), ("load", nil, 64, 70)],
        end: 70,
        path: ["idle 60", "spawn 4", "load 6"],
        unattributed: 0
    ),
    Case(
        name: "a wait inside a poll is the leaf",
        entries: [("queue.poll", nil, 0, 6), ("idle", "queue.poll", 0, 6), ("spawn", nil, 6, 10)],
        end: 10,
        path: ["idle 6", "spawn 4"],
        unattributed: 0
    ),
    Case(
        name: "a phase that still runs lasts to the end of the picture",
        entries: [("a", nil, 0, 4), ("b", nil, 4, nil)],
        end: 10,
        path: ["a 4", "b 6"],
        unattributed: 0
    ),
    Case(
        name: "what lies outside the start is cut off",
        entries: [("a", nil, -5, 2), ("b", nil, 8, 20), ("c", nil, 12, 14)],
        end: 10,
        path: ["a 2", "b 2"],
        unattributed: 6
    ),
    Case(
        name: "a phase without length takes nothing",
        entries: [("a", nil, 0, 5), ("mark", nil, 5, 5), ("b", nil, 5, 10)],
        end: 10,
        path: ["a 5", "b 5"],
        unattributed: 0
    ),
    Case(
        name: "the order of becoming known does not matter",
        entries: [("c", nil, 7, 10), ("a", nil, 0, 3), ("b", nil, 3, 7)],
        end: 10,
        path: ["a 3", "b 4", "c 3"],
        unattributed: 0
    ),
    Case(
        name: "the longer of two that end together",
        entries: [("short", nil, 4, 8), ("long", nil, 2, 8), ("next", nil, 8, 10)],
        end: 10,
        path: ["long 6", "next 2"],
        unattributed: 2
    ),
]

@Suite("Timeline")
struct TimelineTests {
    @Test("Path and rest are as the table says", arguments: cases)
    func path(_ example: Case) {
        let timeline = timeline(example.entries, end: example.end)
        let path = timeline.criticalPath.map { stretch in
            "\(timeline.phases[stretch.phase].name) \(stretch.interval.length.wholeNanoseconds / 1_000_000)"
        }
        #expect(path == example.path)
        #expect(timeline.unattributed == .milliseconds(example.unattributed))
    }

    @Test("Without its last phase's end, a start still has its parent's parts as leaves")
    func leaves() {
        let timeline = timeline([("p", nil, 0, 9), ("a", "p", 0, 4), ("b", "p", 4, nil), ("c", nil, 9, 9)], end: 10)
        #expect(timeline.leaves == [1, 2, 3])
    }

    @Test("A circle of parents is cut open")
    func circle() {
        let phases = [
            Phase("a", parent: PhaseID(index: 1), begin: at(0), end: at(4)),
            Phase("b", parent: PhaseID(index: 0), begin: at(4), end: at(6)),
            Phase("c", parent: PhaseID(index: 2), begin: at(6), end: at(8)),
            Phase("d", parent: PhaseID(index: 99), begin: at(8), end: at(10)),
        ]
        let timeline = Timeline(origin: origin, end: at(10), phases: phases)
        #expect(timeline.phases.map { $0.parent?.index } == [nil, 0, nil, nil])
        #expect(timeline.leaves == [1, 2, 3])
    }

    @Test("An end before its begin counts as the begin")
    func backwards() {
        #expect(Phase("a", begin: at(5), end: at(3)).end == at(5))
        #expect(Timeline(origin: at(5), end: at(3), phases: []).total == .zero)
    }
}
