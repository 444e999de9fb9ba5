import Jobs
import Testing

@Suite("how many convictions in a row are believed")
struct ConvictionLimitTests {
    /// What happens to an engine, as a word: the job that was convicted, or `ok` for a completed generation. The
    /// verdicts: one letter for each conviction, p for pardoned, e for the engine's own.
    @Test(
        "deaths are pardoned until three jobs in a row are convicted",
        arguments: [
            ("a b", "pp"),
            ("a b c", "ppe"),
            ("a b c d e", "ppeee"),
            ("a ok b ok c ok d", "pppp"),
            ("a b ok c d ok e", "ppppp"),
            ("a b c ok d e f", "ppeppe"),
            ("a a a a a a", "pppppp"),
            ("a a b b a b", "pppppp"),
            ("a b a b c", "ppppe"),
            ("a b c a", "ppee"),
        ]
    )
    func table(events: String, verdicts: String) {
        var limit = ConvictionLimit()
        var found = ""
        for event in events.split(separator: " ") {
            if event == "ok" {
                limit.generationCompleted()
            } else {
                found += limit.convicted(String(event)) ? "p" : "e"
            }
        }
        #expect(found == verdicts)
    }

    @Test("a limit of one pardons nobody")
    func one() {
        var limit = ConvictionLimit(limit: 1)
        let isPardoned = limit.convicted("a")
        #expect(!isPardoned)
    }
}
