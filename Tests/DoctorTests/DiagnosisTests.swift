import JSON
import Testing

@testable import Doctor

@Suite("What is said of a machine") struct DiagnosisTests {
    @Test("of a healthy machine nothing worse than a note is said") func healthy() throws {
        let diagnosis = Diagnosis(try Facts.healthy())
        #expect(diagnosis.worst <= .note, "\(DoctorText().text(diagnosis))")
        #expect(diagnosis.isComplete)
    }

    @Test("each fault gives its findings and no others", arguments: Case.all) func fault(_ fault: Case) throws {
        let expected = fault.findings.filter { $0.level > .note }.map(\.rawValue).sorted()
        #expect(try fault.findings().map(\.id.rawValue).sorted() == expected)
        let all = Set(try fault.findings(worseThan: .ok).map(\.id) + Diagnosis(try facts(fault)).findings.map(\.id))
        #expect(all.isSuperset(of: fault.findings))
    }

    @Test("each finding can be brought about") func noneIsDead() throws {
        var found = Set<FindingID>()
        for fault in Case.all { found.formUnion(Diagnosis(try facts(fault)).findings.map(\.id)) }
        #expect(Set(FindingID.allCases).subtracting(found).map(\.rawValue).sorted() == [])
    }

    @Test("what is wrong comes with what to do", arguments: Case.all) func remedies(_ fault: Case) throws {
        for finding in Diagnosis(try facts(fault)).findings {
            #expect(finding.what.last.map { ".!)".contains($0) || finding.remedy != nil } == true)
            if finding.level > .note { #expect(finding.remedy?.isEmpty == false, "\(finding.id.rawValue)") }
        }
    }

    @Test("names are kebab-case and differ") func names() {
        for id in FindingID.allCases { #expect(id.rawValue.contains(/^[a-z0-9]+(-[a-z0-9]+)+$/), "\(id)") }
    }

    @Test("the JSON says worst, findings and facts, and no secret") func json() throws {
        var facts = try Facts.healthy()
        try facts.set(["RUNPOD_WEBHOOK_GET_JOB": "https://user:password@q.example/v2/e/job-take/$ID?token=hidden"])
        facts.problems = [.cut("a:latest")]
        let json = try JSON(parsing: Diagnosis(facts).json.bytes)
        #expect(json["worst"] == "warning")
        #expect(
            json["findings"]?.array?.contains { $0["id"] == "model-other-damaged" && $0["level"] == "warning" } == true
        )
        #expect(json["facts"]?["gpus"]?[0]?["name"] == "NVIDIA H200")
        #expect(json["facts"]?["disks"]?[0]?["parallel"] == 2_000_000_000)
        for secret in ["secret-key", "password", "hidden"] { #expect(!json.description.contains(secret)) }
    }

    private func facts(_ fault: Case) throws -> Facts {
        var facts = try Facts.healthy()
        try fault.change(&facts)
        return facts
    }
}

@Suite("The report for people") struct DoctorTextTests {
    @Test("folds to the width, and what programs say cannot move the cursor") func folds() throws {
        var facts = try Facts.healthy()
        facts.gpu.trouble = .failed(
            status: "exit code 1",
            words: "\u{1B}[2Jbroken\n\rtwice \u{9B}31m" + String(repeating: "word ", count: 60)
        )
        let text = DoctorText(width: 60).text(Diagnosis(facts))
        #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B || $0 == "\r" })
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 60 })
        #expect(text.contains("✗   gpu-query-fails"))
        #expect(text.contains("1 error, 0 warnings"))
    }

    @Test("is coloured on request only") func colour() throws {
        let diagnosis = Diagnosis(try Facts.healthy())
        #expect(!DoctorText().text(diagnosis).contains("\u{1B}"))
        #expect(DoctorText(isColoured: true).text(diagnosis).contains("\u{1B}[32m"))
    }

    @Test(
        "says sizes as people do",
        arguments: [
            (-1, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (253_115_232, "253 MB"), (999_999_999, "1000 MB"),
            (12_345_000_000, "12 GB"), (16_400_000_000_000, "16 TB"),
        ]
    ) func sizes(_ bytes: Int, _ text: String) {
        #expect(Figure.bytes(bytes) == text)
    }
}
