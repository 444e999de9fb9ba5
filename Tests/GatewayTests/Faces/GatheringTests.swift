import JSON
import Jobs
import NIOCore
import Testing

@testable import Gateway

/// What gathers between an engine and a client, without either.
struct GatheringTests {
    private func text(_ portion: Gathering.Portion?) -> String? {
        switch portion {
        case .bytes(let bytes): String(buffer: bytes)
        case .last(let bytes): "last " + String(buffer: bytes)
        case .refused(let failure): "refused \(failure.status)"
        case .gone: "gone"
        case nil: nil
        }
    }

    private func gathering(room: Int = 1000) -> Gathering {
        Gathering(ServerSentStream(end: .done), room: room)
    }

    @Test func whatComesWhileNobodyReadsGoesOutAsOne() {
        var gathering = gathering()
        #expect(text(gathering.take()) == nil)
        for number in 1...3 { gathering.write(.sent(number)) }
        #expect(text(gathering.take()) == "data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: {\"n\":3}\n\n")
        #expect(text(gathering.take()) == nil)
        gathering.write(.sent(4))
        gathering.finish(.null)
        #expect(text(gathering.take()) == "last data: {\"n\":4}\n\ndata: [DONE]\n\n")
    }

    @Test func itIsFullFromItsRoomOnUntilItIsRead() {
        var gathering = gathering(room: 30)
        gathering.write(.sent(1))
        #expect(!gathering.isFull)
        gathering.write(.sent(2))
        #expect(gathering.isFull)
        _ = gathering.take()
        #expect(!gathering.isFull)
    }

    @Test func aFailureIsARefusalUntilSomethingWasSaid() {
        let failure = InferenceFailure(503, "no")
        var silent = gathering()
        silent.write(.alive)
        silent.fail(failure)
        #expect(text(silent.take()) == "refused 503")

        var comforted = gathering()
        _ = comforted.comfort(nil)
        comforted.fail(failure)
        #expect(text(comforted.take())?.hasPrefix("last : waiting\n\ndata: {\"error\"") == true)
    }

    @Test func commentsComeInSilenceOnlyAndNeverPileUp() {
        var gathering = gathering()
        #expect(gathering.comfort(nil) == true, "the engine has said nothing yet")
        #expect(gathering.comfort(nil) == true)
        #expect(text(gathering.take()) == ": waiting\n\n", "one, for nobody has read it")
        gathering.write(.sent(1))
        #expect(gathering.comfort(nil) == false)
        #expect(text(gathering.take()) == "data: {\"n\":1}\n\n")
        #expect(gathering.comfort(nil) == false)
        #expect(text(gathering.take()) == ": waiting\n\n", "nothing came since the last look")
        gathering.finish(.null)
        _ = gathering.comfort(nil)
        #expect(text(gathering.take()) == "last data: [DONE]\n\n")
    }

    @Test func theFirstEndingCounts() {
        var gone = gathering()
        gone.write(.sent(1))
        gone.abandon()
        gone.write(.sent(2))
        gone.fail(InferenceFailure(500, "x"))
        #expect(gone.isGone && !gone.isFull)
        #expect(text(gone.take()) == "gone")

        var whole = gathering()
        whole.finish(.null)
        whole.fail(InferenceFailure(500, "x"))
        whole.write(.sent(1))
        #expect(text(whole.take())?.contains("error") == false)
    }

    @Test(
        arguments: [
            (LoadProgress(phase: "engine.discover"), "loading: engine.discover"),
            (LoadProgress(phase: "weights", fraction: 0), "loading weights 0 %"),
            (LoadProgress(phase: "weights", fraction: 1, remaining: .zero), "loading weights 99 %, 0.0 s to go"),
            (LoadProgress(phase: "w", fraction: 0.5, remaining: .seconds(9.95)), "loading weights 50 %, 10 s to go"),
            (LoadProgress(phase: "w", fraction: 0.5, remaining: .seconds(-3)), "loading weights 50 %, 0.0 s to go"),
            (LoadProgress(phase: "w", fraction: 0.5, remaining: .seconds(75.2)), "loading weights 50 %, 75 s to go"),
        ]
    )
    func aLoadIsToldInAFewWords(progress: LoadProgress, words: String) {
        #expect(progress.words == words)
    }
}
