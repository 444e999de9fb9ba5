import Glibc
import Testing

@testable import ColdStart

private typealias Facts = StartOrigin.Facts

/// A worker in a container that was started 120 ms before it, with one thing changed.
private func facts(_ change: (inout Facts) -> Void = { _ in }) -> Facts {
    var facts = Facts(
        hasContainerMark: true,
        descendsFromFirstProcess: true,
        sinceFirstProcess: .milliseconds(150),
        sinceThisProcess: .milliseconds(30)
    )
    change(&facts)
    return facts
}

private let decisions: [(facts: Facts, isContainer: Bool, why: String)] = [
    (facts(), true, "the worker of a container"),
    (facts { $0.hasContainerMark = false }, false, "process 1 of a machine"),
    (
        facts {
            $0.hasContainerMark = false
            $0.hasPlatformVariable = true
        },
        true, "a platform that hides its container"
    ),
    (facts { $0.descendsFromFirstProcess = false }, false, "docker exec"),
    (facts { $0.hasTerminal = true }, false, "somebody at a shell in a container"),
    (
        facts {
            $0.hasTerminal = true
            $0.hasPlatformVariable = true
        },
        true, "a platform that gives everything a terminal"
    ),
    (facts { $0.sinceFirstProcess = .seconds(3600) }, false, "started again an hour later"),
    (
        facts {
            $0.isFirstProcess = true
            $0.descendsFromFirstProcess = false
            $0.hasTerminal = true
            $0.sinceFirstProcess = $0.sinceThisProcess
        },
        true, "process 1 itself"
    ),
    (facts { $0.sinceFirstProcess = .milliseconds(10) }, false, "a process 1 that is younger than we are"),
    (facts { $0.sinceFirstProcess = nil }, false, "an unreadable /proc/1"),
]

@Suite("StartOrigin")
struct OriginTests {
    @Test("The container's start counts for its worker only", arguments: decisions)
    func decision(_ decision: (facts: StartOrigin.Facts, isContainer: Bool, why: String)) {
        let (age, isContainer) = StartOrigin.age(decision.facts)
        #expect(isContainer == decision.isContainer, "\(decision.why)")
        #expect(age == (decision.isContainer ? decision.facts.sinceFirstProcess : decision.facts.sinceThisProcess))
    }

    @Test("Nothing known, or a clock ahead of us: now")
    func unknown() {
        #expect(StartOrigin.age(Facts()).age == .zero)
        #expect(StartOrigin.age(Facts(sinceThisProcess: .milliseconds(-5))).age == .zero)
    }

    @Test("A program's name may hold what it likes")
    func parsing() {
        let tail = " S 42 7 7 34816 7 4194560 1 2 3 4 5 6 7 8 20 0 13 0 250 51924992 4792"
        for name in ["worker", "my worker", "a) S 1 (b", ""] {
            let stat = ProcessStat(parsing: "99 (\(name))\(tail)", ticksPerSecond: 100)
            #expect(stat?.parent == 42)
            #expect(stat?.terminal == 34816)
            #expect(stat?.sinceBoot == .milliseconds(2500))
        }
    }

    @Test(
        "Garbage is no process",
        arguments: ["", "99 (a", "99 (a) S", "99 (a) S x 7 7 0 7 1 1 2 3 4 5 6 7 8 20 0 1 0 x 5"]
    )
    func garbage(_ text: String) {
        #expect(ProcessStat(parsing: text, ticksPerSecond: 100) == nil)
    }

    @Test("This process is found, and is younger than the machine")
    func here() throws {
        let facts = StartOrigin.facts(environment: ["RUNPOD_POD_ID": "x"])
        let own = try #require(facts.sinceThisProcess)
        #expect(own >= .zero)
        #expect(facts.hasPlatformVariable)
        #expect(!facts.isFirstProcess)
        // The clock that phases are measured by and the one that /proc counts by are the same.
        var uptime = timespec()
        clock_gettime(CLOCK_BOOTTIME, &uptime)
        #expect(own <= .seconds(uptime.tv_sec + 1))
        #expect(ProcessStat(of: "self")?.parent == Int(getppid()))
    }
}
