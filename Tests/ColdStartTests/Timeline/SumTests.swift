import JSON
import Testing

@testable import ColdStart

/// Random starts: nested, overlapping, unfinished, without length, outside; on coarse steps, so that edges meet.
func randomTimeline(_ seed: UInt64) -> Timeline {
    var generator = Generator(state: seed)
    let total = Int.random(in: 0...2_000_000, using: &generator)
    let step = [1, 7, 1000, 100_000].randomElement(using: &generator) ?? 1
    func instant() -> Instant {
        origin + .nanoseconds(Int.random(in: -100_000...(total + 100_000), using: &generator) / step * step * 997)
    }
    let phases = (0..<Int.random(in: 0...24, using: &generator)).map { index in
        let begin = instant()
        let parent = index > 0 && Bool.random(using: &generator) ? Int.random(in: 0..<index, using: &generator) : nil
        return Phase(
            ["idle", "queue.poll", "a", "b", "c", "d"].randomElement(using: &generator) ?? "a",
            parent: parent.map(PhaseID.init),
            begin: begin,
            end: Int.random(in: 0..<10, using: &generator) == 0 ? nil : max(begin, instant())
        )
    }
    return Timeline(origin: origin, end: origin + .nanoseconds(total * 997), phases: phases)
}

let randomSeeds = UInt64(0)..<500

/// The 500 that must hold everything that is promised of a start.
let randomTimelines = randomSeeds.map(randomTimeline)

private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Sums")
struct SumTests {
    private static let seeds = randomSeeds

    @Test("Critical path and rest make up the total, exactly")
    func exact() {
        for timeline in Self.seeds.map(randomTimeline) {
            let path = timeline.criticalPath.reduce(Duration.zero) { $0 + $1.interval.length }
            #expect(path + timeline.unattributed == timeline.total)
        }
    }

    @Test("Each instant is on the path once if a leaf covers it, and else not at all")
    func partition() {
        for timeline in Self.seeds.map(randomTimeline) {
            let leaves = timeline.leaves.map { timeline.interval(of: timeline.phases[$0]) }
            let stretches = timeline.criticalPath
            let edges = Set(leaves.flatMap { [$0.lowerBound, $0.upperBound] } + [origin, timeline.end]).sorted()
            for (from, to) in zip(edges, edges.dropFirst()) {
                let owners = stretches.filter { $0.interval.contains(from) }
                #expect(owners.count == (leaves.contains { $0.contains(from) } ? 1 : 0))
                #expect(owners.allSatisfy { to <= $0.interval.upperBound })
            }
            for stretch in stretches {
                let leaf = timeline.interval(of: timeline.phases[stretch.phase])
                #expect(leaf.clamped(to: stretch.interval) == stretch.interval)
            }
            #expect(
                zip(stretches, stretches.dropFirst()).allSatisfy { $0.interval.upperBound <= $1.interval.lowerBound }
            )
        }
    }

    @Test("Work is never left out for a wait")
    func workFirst() {
        for timeline in Self.seeds.map(randomTimeline) {
            let work = timeline.leaves.map { timeline.phases[$0] }.filter { !$0.isWait }.map(timeline.interval)
            for stretch in timeline.criticalPath where timeline.phases[stretch.phase].isWait {
                #expect(!work.contains { $0.overlaps(stretch.interval) })
            }
        }
    }

    @Test("Printed figures add up in every unit", arguments: [Figures.Unit.microseconds, .tenths, .milliseconds])
    func printed(_ unit: Figures.Unit) {
        for timeline in Self.seeds.map(randomTimeline) {
            let figures = Figures(timeline, in: unit)
            #expect(figures.path.reduce(0) { $0 + $1.length } + figures.unattributed == figures.total)
            #expect(figures.pathByPhase.reduce(0) { $0 + $1.length } + figures.unattributed == figures.total)
            let exact = timeline.total.wholeNanoseconds
            #expect(abs(figures.total * unit.rawValue - exact) <= unit.rawValue)
        }
    }

    @Test("The numbers of the JSON form add up to the microsecond")
    func json() {
        for timeline in Self.seeds.map(randomTimeline) {
            let json = timeline.json
            func microseconds(_ value: JSON?) -> Int { Int(((value?.double ?? .nan) * 1000).rounded()) }
            let path = (json["critical_path"]?.array ?? []).reduce(0) { $0 + microseconds($1["ms"]) }
            #expect(path + microseconds(json["unattributed_ms"]) == microseconds(json["total_ms"]))
        }
    }

    @Test("The figures of the summary line add up")
    func summary() {
        for timeline in Self.seeds.map(randomTimeline) {
            let words = timeline.logForm.message.split(separator: " ")
            let numbers = words.compactMap { Int($0) }
            #expect(numbers.first == numbers.dropFirst().reduce(0, +))
        }
    }

    @Test("The pictures' columns add up: what is not in brackets makes the total")
    func pictures() {
        for timeline in Self.seeds.map(randomTimeline) {
            let picture = Picture(timeline)
            let counted = picture.rows.map(\.time).filter { !$0.hasPrefix("(") }
            // "11 of 858 ms" counts 11; "<1 ms" counts nothing.
            let sum = counted.reduce(0) { sum, text in
                sum + (Double(text.split(separator: " ")[0]) ?? 0)
            }
            let total = Double(picture.total.time.split(separator: " ")[0]) ?? .nan
            #expect(abs(sum - total) < 0.001)
        }
    }
}
