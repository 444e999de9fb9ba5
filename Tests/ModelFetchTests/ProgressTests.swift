import Testing

@testable import ModelFetch

@Suite struct ProgressTests {
    private let start = ContinuousClock.now

    private func meter(fetching bytes: Int, each interval: Duration, times: Int) -> ProgressMeter {
        var meter = ProgressMeter()
        _ = meter.take(.planned(model: "gemma3:4b", bytes: 3_300_000_000, present: 0), at: start)
        for step in 1...times { _ = meter.take(.fetched(bytes: bytes), at: start + interval * step) }
        return meter
    }

    @Test func aLineSaysWhatIsThereAndWhatRemains() {
        let meter = meter(fetching: 100_000_000, each: .seconds(1), times: 11)
        let line = ProgressText.line(of: meter, at: start + .seconds(11), columns: 100)
        #expect(line.hasPrefix("gemma3:4b  █"))
        #expect(line.hasSuffix(" 33 %  1.1 GB of 3.3 GB  100 MB/s  0:22 left"))
    }

    @Test(arguments: [1, 10, 40, 60, 80, 120, 300]) func aLineNeverWraps(columns: Int) {
        let meter = meter(fetching: 100_000_000, each: .seconds(1), times: 5)
        #expect(ProgressText.line(of: meter, at: start + .seconds(5), columns: columns).count < max(columns, 2))
    }

    @Test func theRateIsThatOfTheLastSeconds() {
        var meter = meter(fetching: 1_000_000, each: .seconds(1), times: 60)
        for step in 61...75 { _ = meter.take(.fetched(bytes: 9_000_000), at: start + .seconds(step)) }
        #expect(meter.rate(at: start + .seconds(75)) == 9_000_000)
    }

    @Test func withoutATerminalThereIsALineATenthOrEveryFiveSeconds() {
        var meter = ProgressMeter()
        _ = meter.take(.planned(model: "m", bytes: 1000, present: 0), at: start)
        var lines = 0
        for step in 1...999 {
            _ = meter.take(.fetched(bytes: 1), at: start + .milliseconds(step))
            if meter.plainLine(at: start + .milliseconds(step)) != nil { lines += 1 }
        }
        #expect(lines == 10)
        #expect(meter.plainLine(at: start + .seconds(4)) == nil)
        #expect(meter.plainLine(at: start + .seconds(9)) != nil)
    }

    @Test func aHundredPerCentIsNotSaidTooEarly() {
        var meter = ProgressMeter()
        _ = meter.take(.planned(model: "m", bytes: 1_000_000, present: 999_999), at: start)
        #expect(meter.percent == 99)
        _ = meter.take(.fetched(bytes: 5), at: start)
        #expect(meter.percent == 100)
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"), (253_113_024, "253 MB"),
        (9_960_000_000, "10 GB"), (Int.max, "9223372 TB"), (-5, "0 B"),
    ]) func sizesInThreeDigits(bytes: Int, text: String) {
        #expect(ByteText.size(bytes) == text)
    }

    @Test(arguments: [(0.0, "0:00"), (7, "0:07"), (59.5, "1:00"), (750, "12:30"), (11100, "3:05:00")])
    func timesAsPeopleReadThem(seconds: Double, text: String) {
        #expect(TimeSpan.text(.seconds(seconds)) == text)
    }
}

@Suite struct PullChoicesTests {
    @Test(arguments: [
        (["a"], nil as String?, ["HOME": "/h"], ["a"], "/h/.ollama/models"),
        (["a"], "/s", ["HOME": "/h"], ["a"], "/s"),
        (["a"], nil, ["OLLAMA_MODELS": "/m", "HOME": "/h"], ["a"], "/m"),
        ([], nil, ["OLLAMA_MODELS": "~/m", "KINDLING_MODEL": "k", "HOME": "/h"], ["k"], "/h/m"),
        (
            [], nil, ["OLLAMA_MODELS": "a b:1, c", "KINDLING_MODEL": "k", "HOME": "/h"], ["a", "b:1", "c"],
            "/h/.ollama/models"
        ),
        ([], "~/s", ["MODEL_NAME": "k", "HOME": "/h"], ["k"], "/h/s"),
    ]) func namesAndStore(
        names: [String],
        store: String?,
        environment: [String: String],
        expected: [String],
        folder: String
    ) throws {
        let choices = try PullChoices(names: names, store: store, environment: environment)
        #expect(choices.names == expected)
        #expect(choices.store == folder)
    }

    @Test(arguments: [[:], ["HOME": "/h"], ["KINDLING_MODEL": "k"], ["OLLAMA_MODELS": "/m"]])
    func whatIsMissingIsSaid(environment: [String: String]) {
        #expect(throws: PullChoices.Missing.self) {
            try PullChoices(names: [], store: nil, environment: environment)
        }
    }

    @Test func targetsByNameAndURL() throws {
        let usual = try PullTarget("gemma3")
        #expect(usual == .model(usual.model, registry: "https://registry.ollama.ai"))
        let local = try PullTarget("http://localhost:5000/library/m:1")
        #expect(local == .model(local.model, registry: "http://localhost:5000"))
        let file = try PullTarget("https://h.example/a/Weights-Q4_K_M.gguf?download=1")
        #expect(file.model.short == "Weights-Q4_K_M:latest")
        let named = try PullTarget("https://h.example/a/x.gguf", as: "mine:1")
        #expect(named.model.short == "mine:1")
    }

    @Test(arguments: ["", "../x", "a/b/c/d", "https://user:secret@h/x.gguf", "ftp://h/x"])
    func whatNamesNoModelIsRefused(text: String) {
        #expect {
            try PullTarget(text)
        } throws: { error in
            guard case .badName = error as? PullError else { return false }
            return !"\(error)".contains("secret")
        }
    }
}
