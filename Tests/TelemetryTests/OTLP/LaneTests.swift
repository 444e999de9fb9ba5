import Support
import Testing

@testable import Telemetry

@Suite("what waits for the collector")
struct LaneTests {
    private typealias Lane = ExportLane<Int>
    private var generator = CountingGenerator()
    private let backoff = Backoff(from: .seconds(1), to: .seconds(30))
    private let away = ExportOutcome.postponed(after: nil, why: "away")

    @Test("one report at a time, in their order")
    mutating func order() {
        var lane = Lane(capacity: 3, backoff: backoff)
        for report in 1...3 { lane.add(report) }
        #expect(lane.next() == 1)
        #expect(lane.next() == nil, "one is on its way")
        #expect(lane.ended(.delivered, using: &generator) == .init())
        #expect(lane.next() == 2)
        _ = lane.ended(.delivered, using: &generator)
        #expect(lane.next() == 3)
        _ = lane.ended(.delivered, using: &generator)
        #expect(lane.isEmpty)
    }

    @Test("what was postponed goes again before the others, later and later")
    mutating func postponed() {
        var lane = Lane(capacity: 3, backoff: backoff)
        lane.add(1)
        lane.add(2)
        #expect(lane.next() == 1)
        let step = lane.ended(away, using: &generator)
        #expect((.zero ... .seconds(1)).contains(step.wait))
        #expect(step.notice == .away(why: "away"))
        #expect(lane.next() == 1)
        #expect(
            lane.ended(.postponed(after: .seconds(20), why: "busy"), using: &generator) == .init(wait: .seconds(20))
        )
        #expect(lane.next() == 1)
        #expect(lane.ended(.delivered, using: &generator).notice == .back(lost: 0))
        #expect(lane.next() == 2)
    }

    @Test("an outage is told once when it begins and once when it ends, with what it cost")
    mutating func outage() {
        var lane = Lane(capacity: 2, backoff: backoff)
        var notices: [Lane.Notice] = []
        for report in 1...6 {
            lane.add(report)
            _ = lane.next()
            lane.ended(away, using: &generator).notice.map { notices.append($0) }
        }
        #expect(lane.next() == 5, "the oldest made room")
        lane.ended(.delivered, using: &generator).notice.map { notices.append($0) }
        #expect(notices == [.away(why: "away"), .back(lost: 4)])
        _ = lane.next()
        #expect(lane.ended(.delivered, using: &generator).notice == nil)
    }

    @Test("a report that is refused is not sent again")
    mutating func refused() {
        var lane = Lane(capacity: 2, backoff: backoff)
        lane.add(1)
        lane.add(2)
        _ = lane.next()
        #expect(lane.ended(.refused(why: "400"), using: &generator) == .init(notice: .refused(why: "400")))
        #expect(lane.next() == 2)
        #expect(lane.ended(.refused(why: "400"), using: &generator) == .init(), "told already")
        #expect(lane.isEmpty)
    }

    @Test("of reports that hold all that came before, the newest is enough")
    mutating func newest() {
        var lane = Lane(capacity: 1, backoff: backoff)
        lane.add(1)
        #expect(lane.next() == 1)
        lane.add(2)
        lane.add(3)
        _ = lane.ended(away, using: &generator)
        #expect(lane.next() == 3)
        #expect(lane.ended(.delivered, using: &generator).notice == .back(lost: 0))
        #expect(lane.isEmpty)
    }

    @Test(
        "a collector's answer means what OTLP says",
        arguments: [
            (200, "{}", .delivered), (200, "", .delivered), (202, "no JSON", .delivered),
            (200, #"{"partialSuccess":{}}"#, .delivered),
            (200, #"{"partialSuccess":{"rejectedSpans":"0","errorMessage":"beware"}}"#, .delivered),
            (
                200, #"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}"#,
                .refused(why: "it rejected 3 of them: too old")
            ),
            (429, "", .postponed(after: .seconds(7), why: "it answered 429")),
            (502, "", .postponed(after: .seconds(7), why: "it answered 502")),
            (503, "", .postponed(after: .seconds(7), why: "it answered 503")),
            (504, "", .postponed(after: .seconds(7), why: "it answered 504")),
            (500, "", .refused(why: "it answered 500")), (404, "[1]", .refused(why: "it answered 404")),
            (400, #"{"code":3,"message":"bad span"}"#, .refused(why: "it answered 400: bad span")),
            (302, "", .refused(why: "it answered 302")),
        ] as [(Int, String, ExportOutcome)]
    )
    func answers(status: Int, body: String, outcome: ExportOutcome) {
        #expect(ExportOutcome(status: status, requestedWait: .seconds(7), body: Array(body.utf8)) == outcome)
    }
}
