import Foundation
import JSON
import TestSupport
import Testing

@testable import Telemetry

/// The tools that will read the page. Skipped where they are not installed; a build server installs them
/// (Debian: `prometheus`).
private enum Tool {
    static let promtool = path("promtool")
    static let prometheus = path("prometheus")

    private static func path(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

@Suite("Prometheus itself", .timeLimit(.minutes(5)))
struct PrometheusProgramTests {
    @Test("promtool finds nothing to say against the page", .enabled(if: Tool.promtool != nil))
    func check() async throws {
        let promtool = try #require(Tool.promtool)
        let folder = try TemporaryFolder("metrics")
        let page = try folder.write("page", Array(PrometheusText.page(of: sampleRegistry().collect()).utf8))
        try await blocking {
            let run = try RunningProgram("/bin/sh", ["-c", "\(promtool) check metrics < \(page)"])
            #expect(run.waitForEnd() == .exited(0), "\(run.standardOutput)\(run.standardError)")
        }
    }

    @Test("a Prometheus scrapes the page and answers from it", .enabled(if: Tool.prometheus != nil))
    func scrape() async throws {
        let registry = sampleRegistry()
        let page = try TestServer { request, connection in
            let text = PrometheusText.page(of: registry.collect())
            guard request.path == "/metrics" else { return try connection.respond(404) }
            try connection.respond(200, headers: [("Content-Type", PrometheusText.contentType)], body: Array(text.utf8))
        }
        defer { page.stop() }
        try await blocking {
            let server = try Prometheus(scraping: page.port)
            #expect(server.value(of: #"kindling_jobs_total{outcome="completed"}"#) == "1")
            #expect(server.value(of: #"kindling_build_info{engine="ollama \"0.32\""}"#) == "1")
            let median = #"histogram_quantile(0.5, kindling_start_phase_seconds_bucket{phase="weights"})"#
            let seconds = try #require(Double(server.value(of: median)))
            #expect((0.25...0.5).contains(seconds), "its bucket")
            #expect(server.value(of: "scrape_samples_scraped > 100") != "", "the whole page was taken")
        }
    }
}

/// A Prometheus that scrapes one port four times a second. Blocks.
private final class Prometheus {
    private let folder: TemporaryFolder
    private let program: RunningProgram
    private let port: ReservedPort

    init(scraping target: UInt16) throws {
        port = try ReservedPort()
        folder = try TemporaryFolder("prometheus")
        let configuration = """
            global: {scrape_interval: 250ms}
            scrape_configs: [{job_name: worker, static_configs: [{targets: ['127.0.0.1:\(target)']}]}]
            """
        let file = try folder.write("prometheus.yml", Array(configuration.utf8))
        // The address is taken with SO_REUSEADDR, as Go's listeners do, so the reservation is in nobody's way.
        program = try RunningProgram(
            try #require(Tool.prometheus),
            [
                "--config.file=\(file)", "--storage.tsdb.path=\(folder.path("data"))",
                "--web.listen-address=127.0.0.1:\(port.number)",
            ]
        )
        blockUntil(timeout: .seconds(60)) { value(of: "up", within: .zero) == "1" }
    }

    deinit {
        program.killGroup()
        _ = program.waitForEnd()
    }

    /// The first sample that answers a question, as text. Empty if there is none in time.
    func value(of query: String, within timeout: Duration = .seconds(60)) -> String {
        var value = ""
        blockUntil(timeout: timeout, every: .milliseconds(50)) {
            let answer = ask(query)
            value = answer["data"]?["result"]?[0]?["value"]?[1]?.string ?? ""
            return !value.isEmpty
        }
        return value
    }

    private func ask(_ query: String) -> JSON {
        let allowed = CharacterSet.alphanumerics
        let encoded = query.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let response = try? WireClient.exchange(port: port.number, "GET", "/api/v1/query?query=\(encoded)")
        return response.flatMap { try? JSON(parsing: $0.body) } ?? .null
    }
}
