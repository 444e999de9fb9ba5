import JSON
import Testing

@testable import ColdStart

@Suite("Kept starts")
struct KeptStartTests {
    @Test("Come back as they were kept", arguments: [nil, "no memory"], [nil, 250.0])
    func roundTrip(_ error: String?, _ floor: Double?) throws {
        let start = keptStart(error: error, floor: floor)
        #expect(try KeptStart(json: start.json, origin: origin) == start)
        #expect(try KeptStart(json: JSON(parsing: start.json.bytes), origin: origin) == start)
    }

    @Test("Say what was loaded, and how fast that could have been")
    func load() {
        // A megabyte at 4 MB/s: 250 ms, where model.load took 1020.
        let load = keptStart(floor: 250).json["load"]
        #expect(load?["ms"] == 1020)
        #expect(load?["bytes"] == 1_000_000)
        #expect(load?["bytes_per_second"]?.double == 4_000_000)
        #expect(load?["floor_ms"] == 250)
        #expect(load?["efficiency"]?.double == 0.2451)
        #expect(load?["bandwidth_source"] == "a test")
    }

    @Test(
        "What is none is refused with the reason",
        arguments: [
            ("1", "a kept start must be an object, but it is a number"),
            ("{}", "began is not a time such as 2026-01-02T03:04:05.678Z"),
            (#"{"began":"2026-01-01"}"#, "worker must be a string, but it is null"),
            (#"{"began":"2026-01-01","worker":"w"}"#, "a start must be an object, but it is null"),
        ]
    )
    func refused(_ text: String, _ reason: String) throws {
        let json = try JSON(parsing: text)
        #expect(throws: TimelineFormatError(reason)) { try KeptStart(json: json) }
    }
}

@Suite("Floor")
struct FloorTests {
    @Test("Is bytes by bandwidth, and efficiency is its part of the measured time")
    func figures() throws {
        let floor = try #require(Floor(bytes: 1_000_000_000, bytesPerSecond: 5e8, source: "a test"))
        #expect(floor.duration == .seconds(2))
        #expect(floor.efficiency(of: .seconds(8)) == 0.25)
        #expect(floor.efficiency(of: .seconds(1)) == 2)
        #expect(floor.efficiency(of: .zero) == nil)
    }

    @Test("Is none without figures", arguments: [0.0, -1, .nan, .infinity, 1e300])
    func none(_ bandwidth: Double) {
        #expect(Floor(bytes: 1, bytesPerSecond: bandwidth, source: "") == nil)
        #expect(Floor(bytes: 0, bytesPerSecond: 1e9, source: "") == nil)
        #expect(Floor(bytes: -5, bytesPerSecond: 1e9, source: "") == nil)
        #expect(Floor(bytes: .max, bytesPerSecond: 1, source: "")?.duration == .seconds(1_000_000_000))
    }

    @Test("A load counts from the prefetch that reads ahead of it, and not from one that was skipped")
    func loadTime() {
        #expect(timeline([("a", nil, 0, 9)], end: 10).loadTime == nil)
        #expect(timeline([("weights", nil, 4, 9)], end: 10).loadTime == .milliseconds(5))
        #expect(timeline([("model.load", nil, 2, 9), ("weights", nil, 4, 7)], end: 10).loadTime == .milliseconds(7))
        #expect(timeline([("model.load", nil, 2, nil)], end: 10).loadTime == .milliseconds(8))
        let ahead = [Phase("model.prefetch", begin: at(1), end: at(6)), Phase("model.load", begin: at(3), end: at(9))]
        #expect(Timeline(origin: origin, end: at(10), phases: ahead).loadTime == .milliseconds(8))
        let skipped = Phase("model.prefetch", begin: at(1), end: at(1), attributes: ["skipped": "already cached"])
        #expect(Timeline(origin: origin, end: at(10), phases: [skipped, ahead[1]]).loadTime == .milliseconds(6))
    }
}
