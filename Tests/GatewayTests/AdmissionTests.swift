import NIOCore
import Testing

@testable import Gateway

/// Keys, visitors, rates and the roster: decisions without sockets.
struct AdmissionTests {
    private static let long = "0123456789abcdef"

    @Test(
        arguments: [
            ("", [], []),
            ("\(long)\n", [long], []),
            ("a-\(long), b-\(long)\tc-\(long)", ["a-\(long)", "b-\(long)", "c-\(long)"], []),
            ("# ours\r\na-\(long)  # the team's\r\n\r\n#b-\(long)\r\n", ["a-\(long)"], []),
            ("a#\(long)", ["a#\(long)"], []),
            ("\(long),\(long)", [long], ["k1"]),
            ("\(long) short", [long, "short"], ["k2"]),
        ] as [(String, [String], [String])]
    )
    func listsOfKeysAreReadAsPeopleWriteThem(text: String, keys: [String], warned: [String]) {
        let list = KeyList(parsing: text)
        #expect(list.keys == keys)
        #expect(list.warnings.count == warned.count)
        for (warning, name) in zip(list.warnings, warned) {
            #expect(warning.contains(name))
            #expect(!keys.contains { warning.contains($0) }, "a key is in: \(warning)")
        }
    }

    @Test(
        arguments: [
            ("one", 0), ("Bearer two", 1), ("bEaReR two", 1), ("Bearer  two", nil), ("on", nil), ("onee", nil),
            ("", nil),
            ("Bearer ", nil), ("Basic one", nil), ("one,two", nil),
        ] as [(String, Int?)]
    )
    func aHeaderHoldsOneOfTheKeysOrNone(header: String, place: Int?) {
        #expect(KeyRing(["one", "two"]).place(of: header) == place)
    }

    @Test func withoutKeysNoHeaderHoldsOne() {
        #expect(KeyRing([]).place(of: "") == nil)
        #expect(KeyRing([""]).place(of: "") == nil)
        #expect(KeyRing([""]).place(of: "Bearer ") == nil)
    }

    @Test(
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::1", "0:0:0:0::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ]
    )
    func aStrangerIsHisAddressOrHisNetwork(address: String, name: String) throws {
        #expect(Visitor(at: try SocketAddress(ipAddress: address, port: 1)).name == name)
    }

    // MARK: Rates

    @Test func aMinutesRequestsMayComeAtOnceAndThenAtAnEvenPace() {
        let start = ContinuousClock.now
        var limiter = RateLimiter(perMinute: 6)
        func verdict(_ key: Int, _ seconds: Double) -> RateLimiter.Verdict {
            limiter.take(.keyHolder(key), at: start + .seconds(seconds))
        }
        for _ in 0..<6 { #expect(verdict(0, 0) == .allowed) }
        #expect(verdict(0, 0) == .refused(retryAfter: 10, isFirst: true))
        #expect(verdict(0, 4) == .refused(retryAfter: 6, isFirst: false))
        #expect(verdict(1, 4) == .allowed, "another's bucket is his own")
        #expect(verdict(0, 10.001) == .allowed)
        #expect(verdict(0, 11) == .refused(retryAfter: 9, isFirst: true))
        // However long somebody was quiet, the bucket holds no more than a minute's.
        #expect((0..<20).filter { _ in verdict(0, 3600) == .allowed }.count == 6)
    }

    @Test func anyNumberOfAddressesNeedsBoundedMemory() {
        let start = ContinuousClock.now
        var limiter = RateLimiter(perMinute: 2, maximumBuckets: 100)
        var refused = 0
        for number in 0..<10_000 {
            let verdict = limiter.take(.address("\(number)"), at: start)
            if verdict != .allowed { refused += 1 }
        }
        #expect(limiter.bucketCount == 100)
        #expect(refused == 10_000 - 100 - 2, "those without a bucket share one")
        // A minute later the old ones are full again and make room.
        let verdict = limiter.take(.address("new"), at: start + .seconds(61))
        #expect(verdict == .allowed)
        #expect(limiter.bucketCount == 1)
    }

    // MARK: Roster

    @Test func whoHasBeenIdleLongestMakesRoom() {
        var roster = Roster(limit: 3)
        let first = roster.admit().0, second = roster.admit().0, third = roster.admit().0
        // The first has been served, so the second goes before it; the third is busy and stays.
        roster.isBusy(first)
        roster.isIdle(first)
        roster.isBusy(third)
        let fourth = roster.admit()
        #expect(fourth.1 == .insteadOf(second))
        roster.isBusy(fourth.0)
        let fifth = roster.admit()
        #expect(fifth.1 == .insteadOf(first))
        roster.isBusy(fifth.0)
        let sixth = roster.admit()
        #expect(sixth.1 == .refused)
        #expect(roster.count == 3)
        roster.left(third)
        let seventh = roster.admit()
        #expect(seventh.1 == .welcome)
    }

    @Test(arguments: [(1024, 1024, 851), (1024, 256, 168), (1024, 1_048_576, 1024), (10, 1, 1)])
    func noMoreConnectionsThanDescriptorsAllow(connections: Int, descriptors: Int, fitted: Int) {
        var limits = Gateway.ConnectionLimits()
        limits.connections = connections
        #expect(limits.fitted(toDescriptors: descriptors).connections == fitted)
    }

    // MARK: Unread answers

    @Test func aReaderIsStalledOnlyWhenNothingMoves() {
        let start = ContinuousClock.now
        var answer = UnreadAnswer(patience: .seconds(60), at: start)
        func isStalled(written: Int, waiting: Int, after seconds: Int) -> Bool {
            answer.isStalled(written: written, waiting: waiting, at: start + .seconds(seconds))
        }
        #expect(!isStalled(written: 1000, waiting: 900, after: 59))
        // As much waits as before, for more was written: he reads.
        #expect(!isStalled(written: 2000, waiting: 900, after: 110))
        #expect(!isStalled(written: 2000, waiting: 900, after: 169))
        #expect(isStalled(written: 2100, waiting: 1000, after: 170))
        #expect(!isStalled(written: 2100, waiting: 0, after: 200))
    }
}
