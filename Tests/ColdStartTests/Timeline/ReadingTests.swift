import JSON
import Testing

@testable import ColdStart

@Suite("Timelines read back")
struct ReadingTests {
    @Test("What is written comes back: on whole microseconds the same timeline and the same JSON")
    func roundTrip() throws {
        for timeline in randomTimelines {
            let first = try Timeline(json: timeline.json, origin: origin)
            #expect(try Timeline(json: first.json, origin: origin) == first)
            #expect(first.phases.map(\.name) == timeline.phases.map(\.name))
            #expect(first.phases.map(\.parent) == timeline.phases.map(\.parent))
            #expect(first.phases.map { $0.end == nil } == timeline.phases.map { $0.end == nil })
            for member in ["kind", "total_ms", "unattributed_ms", "finished", "attributes", "phases"] {
                #expect(first.json[member] == timeline.json[member])
            }
        }
        let whole = try Timeline(json: sample.json, origin: origin)
        #expect(whole == sample)
        #expect(whole.json == sample.json)
    }

    @Test("Parts keep their parents where several have one name")
    func ambiguous() throws {
        let phases = [
            Phase("load", begin: at(0), end: at(5)), Phase("load", begin: at(5), end: at(9)),
            Phase("weights", parent: PhaseID(index: 0), begin: at(1), end: at(4)),
        ]
        let start = Timeline(
            kind: .restored,
            origin: origin,
            end: at(9),
            isFinished: false,
            phases: phases,
            droppedPhases: 3
        )
        #expect(try Timeline(json: start.json, origin: origin) == start)
    }

    @Test("Members that are not known are passed over")
    func unknown() throws {
        let text =
            #"{"kind":"warm","total_ms":2.5,"later":1,"phases":[{"name":"new.step","start_ms":0,"ms":1,"x":[]}]}"#
        let start = try Timeline(json: JSON(parsing: text), origin: origin)
        #expect(start == timeline([("new.step", nil, 0, 1)], end: 2.5, kind: .warm))
    }

    @Test("More phases than a recorder keeps are counted and not looked at")
    func tooMany() throws {
        let entry: JSON = ["name": "a", "start_ms": 0, "ms": 1]
        let json: JSON = ["kind": "cold", "total_ms": 1, "phases": .array(Array(repeating: entry, count: 100_000))]
        let start = try Timeline(json: json)
        #expect(start.phases.count == 512)
        #expect(start.droppedPhases == 99_488)
    }

    @Test(
        "What is no start is refused with the reason",
        arguments: [
            ("[]", "a start must be an object, but it is an array"),
            (#"{"kind":"hot"}"#, "its kind is \"hot\", not cold, restored or warm"),
            (#"{"kind":"cold","phases":7}"#, "its phases must be an array, but it is a number"),
            (#"{"kind":"cold","phases":[]}"#, "total_ms must be a number, but it is null"),
            (#"{"kind":"cold","total_ms":-1,"phases":[]}"#, "total_ms is -1.0, which no start can last"),
            (#"{"kind":"cold","total_ms":1e300,"phases":[]}"#, "total_ms is 1e+300, which no start can last"),
            (#"{"kind":"cold","total_ms":1e999,"phases":[]}"#, "total_ms is inf, which no start can last"),
            (#"{"kind":"cold","total_ms":1,"phases":[1]}"#, "a phase must be an object, but it is a number"),
            (#"{"kind":"cold","total_ms":1,"phases":[{}]}"#, "the name of a phase must be a string, but it is null"),
            (
                #"{"kind":"cold","total_ms":1,"phases":[{"name":"a","start_ms":"1"}]}"#,
                "start_ms must be a number, but it is a string"
            ),
        ]
    )
    func refused(_ text: String, _ reason: String) throws {
        let json = try JSON(parsing: text)
        #expect(throws: TimelineFormatError(reason)) { try Timeline(json: json) }
    }
}
