import Glibc
import Jobs
import TestSupport
import Testing

@testable import Delivery

@Suite(.serialized) struct OutboxCrashTests {
    /// What a writer told before it was killed.
    private struct Journal {
        var acknowledged: [String: Int] = [:]
        var numbers: [String: Int] = [:]
        var removing: Set<String> = []
        var removed: Set<String> = []

        init(_ text: String) {
            // The last line may be half.
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.split(separator: " ").map(String.init)
                switch words[0] {
                case "stored": numbers[words[1]] = Int(words[2])
                case "acknowledged": acknowledged[words[1]] = Int(words[2])
                case "removing": removing.insert(words[1])
                default: removed.insert(words[1])
                }
            }
        }
    }

    @Test func aWriterThatIsKilledThirtyTimesLosesNothingAndRepeatsOneAcknowledgementAtMost() async throws {
        let program = try Fixture.executable("outbox-worker")
        var stored = 0
        for _ in 0..<30 {
            let state = try StateFolder()
            let writer = try RunningProgram(program, ["write", state.path, "a"])
            let wait = UInt32.random(in: 0..<60_000)
            try await blocking {
                #expect(blockUntil { writer.standardOutput.contains("\n") })
                usleep(wait)
                writer.signal(SIGKILL)
                #expect(writer.waitForEnd() == .signalled(SIGKILL))
            }
            let journal = Journal(writer.standardOutput)
            stored += journal.numbers.count
            try await check(journal, state)
        }
        #expect(stored > 30)
    }

    private func check(_ journal: Journal, _ state: StateFolder) async throws {
        let outbox = state.outbox()
        let found = await outbox.recover()
        let names = Set(found.map(\.name))
        #expect(names.isDisjoint(with: journal.removed), "what the queue has is not there any more")
        #expect(names.isSuperset(of: Set(journal.numbers.keys).subtracting(journal.removing)), "the rest is")
        // One may have been stored of which the writer had no time to tell.
        #expect(names.subtracting(journal.numbers.keys).count <= 1)
        for parcel in found {
            let told = journal.acknowledged[parcel.name] ?? 0
            #expect((told...told + 1).contains(parcel.acknowledged))
            let loaded = try #require(try await outbox.load(parcel))
            let number = try #require(Int(loaded.address.job.dropFirst(4)))
            #expect(String(decoding: loaded.result.prefix(20), as: UTF8.self).hasPrefix(#"{"result":"\#(number) "#))
            #expect(loaded.chunks.count == parcel.chunksLeft)
            for (index, chunk) in loaded.chunks.enumerated() {
                let start = #"{"chunk \#(index + parcel.acknowledged)":"\#(number) "#
                #expect(String(decoding: chunk.prefix(40), as: UTF8.self).hasPrefix(start))
            }
        }
        #expect(state.news.all == [])
        #expect(state.entries("outbox/a").filter { $0.hasSuffix(".new") } == [])
    }
}
