import Foundation
import JSON
import Testing

@testable import ColdStart

private let hostile = "</script><script>alert(1)</script>\u{1B}[31m\"'&"

private func hostileStart(_ minute: Int) -> KeptStart {
    keptStart(
        minute: minute,
        worker: hostile,
        error: hostile,
        attributes: ["model": .string(hostile), "engine": .string(hostile)],
        phases: [(hostile, nil, 0, 30)]
    )
}

@Suite("TerminalReport")
struct TerminalReportTests {
    private let report = StartReport(
        (1...6).map { keptStart(weights: Double($0) * 500, minute: $0, floor: 250, idle: 30) }
            + [keptStart(minute: 9, kind: .warm)]
    )

    @Test("Says everything that is promised")
    func content() {
        let text = TerminalReport(report).render()
        for part in [
            "7 starts of 1 worker", "warm start", "cold starts: 6 that became ready", "p50       p95       p99",
            "  weights            6    1.50 s    3.00 s    3.00 s", "efficiency 8.3 %", "the floor was 250 ms",
            "1 MB at 4 MB/s (a test)", "KINDLING_PREFETCH=auto", "! cold starts of gemma3 on ollama (L4) vary by",
        ] { #expect(text.contains(part), "\(part) is not in\n\(text)") }
        #expect(!text.contains("\u{1B}"))
        #expect(TerminalReport(report, style: .colour).render().contains("\u{1B}["))
        #expect(TerminalReport(StartReport([])).render() == "no starts were kept")
    }

    @Test("Lines fit the width, whatever phases are called", arguments: [60, 80, 100, 200])
    func width(_ width: Int) {
        let long = String(repeating: "phase.", count: 40)
        let report = StartReport([keptStart(phases: [(long, nil, 0, 3)]), hostileStart(1), keptStart(minute: 2)])
        let terminal = TerminalReport(report, width: width)
        #expect(terminal.render().split(separator: "\n").filter { $0.count > width } == [])
        let compared = terminal.compare(report.starts[0], report.starts[1]).split(separator: "\n")
        #expect(compared.allSatisfy { $0.count <= width })
        #expect(!terminal.render().contains("\u{1B}"))
    }

    @Test("Compares two, with what only one of them has")
    func comparison() {
        let text = TerminalReport(report).compare(
            keptStart(weights: 900),
            keptStart(weights: 1000, phases: [("compile", nil, 1130, 1135)])
        )
        for line in [
            "  weights       900 ms    1.00 s   +100 ms", "compile              –    5.0 ms   +5.0 ms",
            "unattributed     10 ms    5.0 ms   −5.0 ms", "total           1.04 s    1.14 s   +100 ms",
        ] { #expect(text.contains(line)) }
    }
}

@Suite("PageReport")
struct PageReportTests {
    private func page(_ starts: [KeptStart]) -> String { PageReport(StartReport(starts)).render() }

    @Test("Is whole: every element is closed, and every table has a caption and headers for rows and columns")
    func structure() {
        let page = page(
            (1...6).map { keptStart(weights: Double($0) * 500, minute: $0, floor: 250) } + [hostileStart(9)]
        )
        for tag in [
            "section", "table", "caption", "thead", "tbody", "tr", "details", "summary", "svg", "figure", "script",
        ] {
            let opened = page.components(separatedBy: "<\(tag)>").count + page.components(separatedBy: "<\(tag) ").count
            #expect(opened - 2 == page.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
        }
        func count(_ part: String) -> Int { page.components(separatedBy: part).count - 1 }
        #expect(count("<table") == count("<caption>"))
        #expect(count("<svg") == 7)
        #expect(count("role=\"img\" aria-label=") == 7)
        #expect(count("<th scope=\"row\"") > 7 * 8)
        #expect(page.contains("<html lang=\"en\">"))
        #expect(page.contains("Starts vary too much"))
        #expect(page.contains("Comparison of two"))
    }

    @Test("Needs nothing else and sends nothing: no address is in it, and its policy forbids all")
    func alone() {
        let page = page([keptStart(), keptStart(minute: 1)])
        for part in ["http:", "https:", "src=", "href=", "url(", "@import", "fetch("] { #expect(!page.contains(part)) }
        #expect(page.contains("default-src 'none'"))
        #expect(page.contains("prefers-color-scheme:dark"))
    }

    @Test("Nothing that comes from a file becomes markup or script")
    func escaping() throws {
        let page = page([hostileStart(0), hostileStart(1)])
        #expect(!page.contains("<script>alert"))
        #expect(!page.contains("\u{1B}"))
        #expect(page.components(separatedBy: "<script").count - 1 == 2)
        let data = try #require(
            page.components(separatedBy: "id=\"kept\">").last?.components(separatedBy: "</script>").first
        )
        #expect(try JSON(parsing: data).array?.count == 2)
    }

    @Test("One start alone makes a page without a comparison, and none an empty one")
    func few() {
        #expect(!page([keptStart()]).contains("Comparison of two"))
        #expect(page([]).contains("<dd>0</dd>"))
    }
}

@Suite("StartTrace")
struct TraceTests {
    private func events(_ starts: [KeptStart]) throws -> [JSON] {
        try #require(JSON(parsing: StartTrace(starts).render())["traceEvents"]?.array)
    }

    @Test("A process a worker, named; a complete event a phase, a gap and the start itself")
    func structure() throws {
        let starts = [
            keptStart(minute: 1, worker: "b"), keptStart(minute: 0, worker: "a"), keptStart(minute: 2, worker: "a"),
        ]
        let events = try events(starts)
        let names = events.filter { $0["name"] == "process_name" }
        #expect(names.map { $0["args"]?["name"] } == ["a", "b"])
        #expect(names.map { $0["pid"] } == [1, 2])
        let complete = events.filter { $0["ph"] == "X" }
        #expect(complete.count == starts.map { $0.timeline.phases.count + $0.timeline.gaps.count + 1 }.reduce(0, +))
        #expect(events.allSatisfy { $0["ph"] == "X" || $0["ph"] == "M" })
        for event in complete {
            #expect((event["ts"]?.int ?? -1) >= 0)
            #expect((event["dur"]?.int ?? -1) >= 0)
            #expect([1, 2].contains(event["pid"]?.int))
            #expect(event["tid"]?.int != nil)
        }
        let threads = Set(events.filter { $0["name"] == "thread_name" }.map { [$0["pid"], $0["tid"]] })
        #expect(complete.allSatisfy { threads.contains([$0["pid"], $0["tid"]]) })
        let whole = complete.filter { $0["name"] == "cold start" }
        #expect(whole.map { $0["ts"] } == [0, 120_000_000, 60_000_000])
        #expect(whole.first?["args"]?["model"] == "gemma3")
        #expect(try self.events([]).isEmpty)
    }

    @Test("On one track every two phases lie apart or one in the other")
    func tracks() {
        for timeline in randomTimelines + [sample] {
            let tracks = Tracks(timeline)
            let intervals = timeline.phases.map(timeline.interval)
            for left in intervals.indices {
                #expect(tracks[left] < tracks.count)
                for right in intervals.indices.dropFirst(left + 1) where tracks[left] == tracks[right] {
                    let (one, other) = (intervals[left], intervals[right])
                    let nested = one.clamped(to: other) == one || other.clamped(to: one) == other
                    #expect(!one.overlaps(other) || nested)
                }
            }
        }
        #expect(Tracks(sample).count == 2)
    }
}
