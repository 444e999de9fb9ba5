import Support
import Testing

@testable import Doctor

@Suite("What is read of programs, servers and variables") struct ReadingTests {
    @Test(
        "versions",
        arguments: [
            (["ollama version is 0.32.15"], "0.32.15"),
            (
                ["Warning: could not connect to a running Ollama instance", "Warning: client version is 0.12.3"],
                "0.12.3"
            ),
            (["ggml_cuda_init: found 1 CUDA devices", "version: 6780 (a1b2c3d)", "built with cc"], "6780"),
            (["version: unknown"], nil), (["\u{FFFD}\u{FFFD}"], nil), ([], nil),
        ] as [([String], String?)]
    ) func version(_ lines: [String], _ version: String?) {
        #expect(EngineVersion.parse(lines) == version)
    }

    @Test(
        "times in Ollama's variables",
        arguments: [
            ("0", 0), ("300", 300), ("-1", -1), ("5m", 300), ("1h30m", 5400), ("250ms", 0.25), ("1.5h", 5400),
            ("-1m", -60),
            ("", nil), ("for ever", nil), ("5", 5), ("5x", nil), ("m", nil), ("1..5s", nil), ("-", nil),
        ] as [(String, Double?)]
    ) func duration(_ text: String, _ seconds: Double?) {
        #expect(GoDuration.seconds(text) == seconds)
    }

    @Test(
        "servers of URLs, without what may be secret",
        arguments: [
            ("https://api.example/v2/e/job-take/$ID?key=1", "https://api.example"),
            ("HTTP://127.0.0.1:8000", "http://127.0.0.1:8000"), ("https://u:p@h.example:1/x", "https://h.example:1"),
            ("https://h.example?x=/", "https://h.example"), ("https:///v2", nil), ("https://$HOST/v2", nil),
            ("JOB_GET_URL", nil), ("ftp://h.example", nil), ("https://h .example", nil), ("https://:80/", nil),
            ("", nil),
        ] as [(String, String?)]
    ) func origin(_ url: String, _ text: String?) {
        #expect(WebOrigin(url)?.text == text)
    }

    @Test("all mistakes in settings at once, and the rest is used") func settings() throws {
        let reading = try SettingsReading(
            flags: ["concurrency": "3"],
            environment: [
                "KINDLING_FIT": "maybe", "KINDLING_MODELS": "a", "OLLAMA_CONTEXT_LENGTH": "4096", "HOME": "/root",
            ]
        )
        #expect(reading.refusals.count == 2)
        #expect(reading.refusals.contains { $0.contains("KINDLING_FIT is \"maybe\"") })
        #expect(reading.refusals.contains { $0.contains("did you mean KINDLING_MODEL?") })
        #expect(reading.settings[Catalogue.concurrency] == 3)
        #expect(reading.settings[Catalogue.contextLength] == 4096)
        #expect(reading.settings[Catalogue.fit] == .check)
    }
}
