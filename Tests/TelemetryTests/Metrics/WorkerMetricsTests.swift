import ColdStart
import Testing

@testable import Telemetry

@Suite("worker metrics")
struct WorkerMetricsTests {
    @Test("counters stand at nought before the first event, so that the first one is an increase")
    func beginning() {
        let registry = MetricRegistry(describing: WorkerMetrics.descriptions)
        _ = WorkerMetrics(factory: registry)
        let lines = Set(lines(registry))
        for line in [
            #"kindling_jobs_total{outcome="failed"} 0"#, #"kindling_jobs_total{outcome="completed"} 0"#,
            #"kindling_tokens_total{direction="prompt"} 0"#, "kindling_engine_restarts_total 0",
            "kindling_queue_wait_seconds_count 0", #"kindling_starts_total{kind="cold",outcome="succeeded"} 0"#,
            #"kindling_start_seconds_count{kind="cold"} 0"#,
            #"kindling_start_share_seconds_total{kind="cold",phase="weights"} 0"#,
            #"kindling_start_squared_seconds_total{kind="cold"} 0"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("all that a worker measures is there under its name")
    func everything() {
        let lines = Set(lines(sampleRegistry()))
        for line in [
            #"kindling_starts_total{kind="cold",outcome="succeeded"} 1"#,
            #"kindling_starts_total{kind="restored",outcome="failed"} 1"#,
            #"kindling_start_phase_seconds_sum{phase="weights"} 0.35"#, "kindling_jobs_waiting 2",
            #"kindling_start_squared_seconds_total{kind="cold"} 0.25"#,
            #"kindling_start_phase_seconds_bucket{phase="kv_cache",le="0.01"} 1"#,
            "kindling_load_bytes_total 1000000000", "kindling_load_efficiency_ratio 0.83",
            #"kindling_jobs_total{outcome="completed"} 1"#,
            #"kindling_tokens_total{direction="prompt"} 9"#, #"kindling_tokens_total{direction="completion"} 30"#,
            "kindling_time_to_first_token_seconds_sum 0.07", "kindling_tokens_per_second_sum 85",
            "kindling_queue_wait_seconds_sum 0.012",
            #"kindling_slots{state="busy"} 1"#, #"kindling_slots{state="free"} 3"#, "kindling_outbox_results 2",
            "kindling_engine_restarts_total 1",
            #"kindling_gpu_memory_bytes{gpu="0",state="used"} 21474836480"#,
            #"kindling_gpu_utilisation_ratio{gpu="0"} 0.97"#,
            #"kindling_build_info{engine="ollama \"0.32\"",version="1.2.3"} 1"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test("a start's time is without the hours that it waited for work")
    func waits() {
        let registry = sampleRegistry()
        #expect(lines(registry).contains(#"kindling_start_seconds_sum{kind="cold"} 0.5"#))
    }

    @Test("what a start waited for adds up to its time, so that the phases can be stacked")
    func shares() {
        let shares = lines(sampleRegistry()).filter { $0.hasPrefix(#"kindling_start_share_seconds_total{kind="cold""#) }
        let sum = shares.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
        #expect(abs(sum - 0.5) < 1e-9, "\(shares)")
    }

    @Test("a start that failed counts, but its times do not")
    func failures() {
        let lines = lines(sampleRegistry())
        #expect(lines.contains(#"kindling_start_seconds_count{kind="restored"} 0"#))
        #expect(lines.contains(#"kindling_start_phase_seconds_count{phase="weights"} 1"#))
    }

    @Test("an engine that names a phase for every layer does not fill the memory of whoever scrapes")
    func phases() {
        let registry = MetricRegistry(describing: WorkerMetrics.descriptions)
        let phases = (0..<500).map { Phase("layer \($0)", begin: origin, end: at($0)) }
        WorkerMetrics(factory: registry).startFinished(Timeline(origin: origin, end: at(500), phases: phases))
        let counts = lines(registry).filter { $0.hasPrefix("kindling_start_phase_seconds_count") }
        #expect(counts.count == 64)
        #expect(counts.contains(#"kindling_start_phase_seconds_count{phase="other"} 437"#))
    }

    @Test("this process is measured, too")
    func process() throws {
        let families = ProcessMetrics(age: .seconds(100)).families()
        let values = Dictionary(
            uniqueKeysWithValues: families.map { ($0.description.name, $0.points.first?.value) }
        )
        func number(_ name: String) -> Double? {
            if case .number(let value)? = values[name] { value } else { nil }
        }
        #expect(try #require(number("process_resident_memory_bytes")) > 1_000_000)
        #expect(try #require(number("process_cpu_seconds_total")) > 0)
        #expect(try #require(number("process_open_fds")) >= 3)
        #expect(try #require(number("process_max_fds")) >= 3)
        let start = try #require(number("process_start_time_seconds"))
        #expect(abs(start + 100 - WallClock.now.secondsSince1970) < 60)
    }
}
