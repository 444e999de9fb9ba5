import Glibc
import JSON
import Jobs
import TestSupport
import Testing

@testable import Delivery

@Suite struct OutboxRejectionTests {
    private let state: StateFolder

    init() throws {
        state = try StateFolder()
    }

    private static let rejection = Rejection(reason: "the queue takes 10 MB", status: 413, answer: "too large")

    @Test func aRejectedResultIsKeptAsReadableJSONWithTheAnswerBesideIt() async throws {
        let outbox = state.outbox()
        let parcel = makeParcel(
            "job-7",
            chunks: [#"{"output":"a"}"#, #"{"output":"b"}"#],
            result: #"{"output":[1.0]}"#
        )
        let stored = try await outbox.store(parcel)
        let path = try #require(try await outbox.reject(stored, because: Self.rejection))
        #expect(path == state.temporary.path("outbox/rejected/\(stored.name).json"))
        #expect(try Fixture.bytes(of: path) == parcel.result)
        #expect(try state.json("outbox/rejected/\(stored.name).chunks.json") == [["output": "a"], ["output": "b"]])
        let record = try state.json("outbox/rejected/\(stored.name).rejection.json")
        #expect(record["job"] == "job-7")
        #expect(record["status"] == 413)
        #expect(record["answer"] == "too large")
        #expect(record["reason"] == "the queue takes 10 MB")
        #expect(state.entries("outbox") == ["rejected"], "it has left the outbox")
        #expect(try await outbox.load(stored) == nil)
        #expect(state.mode("outbox/rejected") == 0o700)
        #expect(state.mode("outbox/rejected/\(stored.name).json") == 0o600)
    }

    @Test func oneThatWasNeverStoredIsKeptJustAsWell() async throws {
        let parcel = makeParcel("../../etc/passwd")
        let path = try await state.outbox().reject(parcel, because: Rejection(reason: "no"))
        #expect(try Fixture.bytes(of: path) == parcel.result)
        #expect(state.entries("outbox/rejected").count == 2)
        #expect(state.entries("") == ["outbox"])
    }

    @Test func oneThatAnotherWorkerHasIsNotOursToReject() async throws {
        let before = state.outbox("b")
        let stored = try await before.store(makeParcel())
        state.age("b", by: 120)
        #expect(await state.outbox("a").recover() == [stored])
        #expect(try await before.reject(stored, because: Self.rejection) == nil)
    }

    @Test func whereItCannotBeKeptItStaysInTheOutbox() async throws {
        let outbox = state.outbox()
        let stored = try await outbox.store(makeParcel())
        try state.temporary.write("outbox/rejected", [])
        await #expect {
            try await outbox.reject(stored, because: Self.rejection)
        } throws: { error in
            (error as? OutboxTrouble)?.code == ENOTDIR && "\(error)".contains("outbox/rejected/")
        }
        #expect(try await outbox.load(stored) != nil)
    }

    @Test func aLongAnswerIsCut() async throws {
        let path = try await state.outbox()
            .reject(makeParcel(), because: Rejection(reason: "no", answer: String(repeating: "é", count: 100_000)))
        let record = try JSON(parsing: try Fixture.bytes(of: path.replacing(".json", with: ".rejection.json")))
        #expect(record["answer"]?.string?.utf8.count == 64 * 1024)
    }

    @Test func theOldestGoWhenTheShelfIsFullAndThatIsToldOnce() async throws {
        var policy = OutboxDisk.Policy()
        policy.rejected.bytes = 3000
        policy.trimInterval = .zero
        let outbox = state.outbox(policy: policy)
        var paths: [String] = []
        for number in 0..<6 {
            paths.append(
                try await outbox.reject(
                    makeParcel("\(number)", result: String(repeating: "x", count: 1000), finished: number),
                    because: Self.rejection
                )
            )
        }
        #expect(paths.map { access($0, F_OK) == 0 } == [false, false, false, false, true, true])
        #expect(state.entries("outbox/rejected").count == 4)
        #expect(state.news.all.count == 1)
    }

    @Test func whatIsAWeekOldGoesAtTheNextStart() async throws {
        let path = try await state.outbox().reject(makeParcel("old"), because: Self.rejection)
        let young = try await state.outbox().reject(makeParcel("young"), because: Self.rejection)
        var times = [timespec(), timespec()]
        times[0].tv_sec = time(nil) - 8 * 24 * 3600
        times[1] = times[0]
        for file in [path, path.replacing(".json", with: ".rejection.json")] {
            #expect(utimensat(AT_FDCWD, file, times, 0) == 0)
        }
        #expect(await state.outbox().recover() == [])
        #expect(access(path, F_OK) != 0)
        #expect(access(young, F_OK) == 0)
        #expect(state.entries("outbox") == ["rejected"])
    }
}
