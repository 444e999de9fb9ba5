import Foundation
import Testing

@testable import Telemetry

@Suite("Docs/Metrics.md")
struct MetricsPageTests {
    @Test("has a row for each metric, with its type and the text that the page of metrics has")
    func matches() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Docs/Metrics.md")
            .standardizedFileURL
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let rows = Set(
            lines.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
                .filter { $0.count == 4 && $0[0].hasPrefix("`kindling_") }
                .map { [$0[0], $0[1], $0[3]] }
        )
        let expected = WorkerMetrics.descriptions.map { description in
            let type =
                switch description.kind {
                case .counter: "counter"
                case .gauge: "gauge"
                case .histogram: "histogram"
                }
            return ["`\(description.name)`", type, description.help]
        }
        #expect(rows == Set(expected))
    }
}
