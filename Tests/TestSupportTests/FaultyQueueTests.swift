import TestSupport
import Testing

@Suite("the accounts of a faulty queue")
struct QueueAccountsTests {
    private typealias Instant = ContinuousClock.Instant
    private let begin = ContinuousClock.now
    private let text = Array(#"{"output":{"response":"a b"}}"#.utf8)

    private func chunk(_ words: String) -> [UInt8] {
        Array(#"{"output":{"response":"\#(words)"}}"#.utf8)
    }

    /// One job, handed out at the begin.
    private func taken() -> QueueAccounts {
        var accounts = QueueAccounts(heartbeat: .seconds(1))
        accounts.offer("j", input: "{}")
        #expect(accounts.take(4, at: begin).map(\.id) == ["j"])
        return accounts
    }

    @Test("a job that was taken and came back whole keeps every promise")
    func whole() {
        var accounts = taken()
        accounts.chunk(chunk("a"), of: "j", isAnswered: true, at: begin)
        accounts.chunk(chunk(" b"), of: "j", isAnswered: true, at: begin)
        accounts.result(text, of: "j", isAnswered: true, at: begin)
        #expect(accounts.brokenPromises() == [])
        #expect(accounts["j"]?.streamedText == "a b")
        #expect(accounts.finishedCount == 1)
    }

    @Test("a job without a result is found out, taken or not")
    func lost() {
        var accounts = taken()
        #expect(accounts.brokenPromises() == ["j: taken, and no result came"])
        accounts.offer("k", input: "{}")
        #expect(accounts.brokenPromises().contains("k: never taken"))
    }

    @Test("a second result is found out, unless an acknowledgement was lost", arguments: [false, true])
    func repeated(isLost: Bool) {
        var accounts = taken()
        accounts.result(text, of: "j", isAnswered: !isLost, at: begin)
        accounts.result(text, of: "j", isAnswered: true, at: begin)
        #expect(accounts.brokenPromises().isEmpty == isLost)
        #expect(accounts.repeatedResults == 1)
    }

    @Test("a break excuses a repeat of what had been acknowledged just before it, not of what was long before")
    func breaks() {
        var accounts = taken()
        accounts.result(text, of: "j", isAnswered: true, at: begin)
        accounts.result(text, of: "j", isAnswered: true, at: begin + .seconds(60))
        let near = begin + .milliseconds(100)
        let far = begin + .seconds(30)
        #expect(accounts.brokenPromises(breaks: [near...near]) == [])
        #expect(accounts.brokenPromises(breaks: [far...far]).count == 1)
    }

    @Test("chunks out of order, doubled, left out or late are found out")
    func order() {
        for words in [[" b", "a"], ["a", "a", " b"], [" b"]] {
            var accounts = taken()
            for word in words { accounts.chunk(chunk(word), of: "j", isAnswered: true, at: begin) }
            accounts.result(text, of: "j", isAnswered: true, at: begin)
            #expect(accounts.brokenPromises().count == 1, "\(words)")
        }
        var accounts = taken()
        accounts.result(text, of: "j", isAnswered: true, at: begin)
        accounts.chunk(chunk("a"), of: "j", isAnswered: true, at: begin)
        #expect(accounts.brokenPromises() == ["j: 1 chunks after the result"])
    }

    @Test("three heartbeats that do not name a job put it back into the line, and each of them is counted")
    func silent() {
        var accounts = taken()
        for second in 1...3 { accounts.ping(naming: [], at: begin + .seconds(second)) }
        #expect(accounts.requeues == 0)
        accounts.ping(naming: [], at: begin + .milliseconds(3_100))
        #expect(accounts.requeues == 1)
        #expect(accounts["j"]?.silentBeats == 4)
        #expect(accounts.take(1, at: begin + .seconds(4)).map(\.id) == ["j"])
        #expect(accounts["j"]?.handOuts.count == 2)
    }

    @Test("a heartbeat that names a job keeps it, and a queue that was down blames nobody")
    func named() {
        var accounts = taken()
        accounts.ping(naming: ["j"], at: begin + .seconds(3))
        accounts.ping(naming: [], at: begin + .seconds(5))
        #expect(accounts.requeues == 0)
        accounts.forgiveSilence(at: begin + .seconds(60))
        accounts.requeueSilent(at: begin + .seconds(62))
        #expect(accounts.requeues == 0)
    }

    @Test("a post about a job that nobody was given is found out")
    func stranger() {
        var accounts = taken()
        accounts.result(text, of: "other", isAnswered: true, at: begin)
        #expect(accounts.brokenPromises().contains { $0.contains("other") })
    }
}

@Suite("the script of a faulty queue")
struct FaultScriptTests {
    @Test("a rule strikes its routes so many times, and the next one comes after it")
    func times() {
        var script = FaultScript()
        script.add(.reset, on: [.done], .times(2))
        script.add(.status(500), on: [.done, .take], .times(1))
        #expect((0..<4).map { _ in script.strike(.done) } == [.reset, .reset, .status(500), nil])
        #expect(script.strike(.take) == nil)
    }

    @Test("a rule for large bodies spares small ones, and all end at once")
    func size() {
        var script = FaultScript()
        script.add(.status(413), on: [.done], .always, minimumSize: 100)
        #expect(script.strike(.done, size: 99) == nil)
        #expect(script.strike(.done, size: 100) == .status(413))
        script.clear()
        #expect(script.strike(.done, size: 100) == nil)
    }

    @Test("the same seed draws the same faults")
    func seed() {
        func draw() -> [RandomFault] {
            var generator = SeededGenerator(seed: 7)
            return (0..<50).map { _ in RandomFault(using: &generator) }
        }
        #expect(draw() == draw())
        #expect(Set(draw().map(\.route)).count > 3)
    }
}
