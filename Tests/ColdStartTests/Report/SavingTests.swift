import JSON
import Testing

@testable import ColdStart

@Suite("Savings")
struct SavingTests {
    private func savings(_ starts: [KeptStart]) -> [String] {
        StartReport(starts).savings.map { "\($0.isUpperBound ? "≤" : "=")\(TimeText.short($0.time)) \($0.setting)" }
    }

    private func start(_ phases: [Phase], _ attributes: JSON.Object = [:], floor: Floor? = nil) -> KeptStart {
        let end = phases.compactMap(\.end).max() ?? origin
        let timeline = Timeline(origin: origin, end: end, phases: phases, attributes: attributes)
        return KeptStart(began: noon, worker: "w", floor: floor, timeline: timeline)
    }

    @Test("Reading ahead saves what the weights take beyond the floor; without a floor it is a bound")
    func prefetch() {
        #expect(savings([keptStart(floor: 250)]).contains("=750 ms KINDLING_PREFETCH=auto"))
        #expect(savings([keptStart()]).contains("≤1.00 s KINDLING_PREFETCH=auto"))
        let weights = Phase("weights", begin: at(1), end: at(1000))
        for reason in ["already cached", "no room"] {
            let skipped = Phase("model.prefetch", begin: at(0), end: at(1), attributes: ["skipped": .string(reason)])
            #expect(savings([start([skipped, weights])]).isEmpty)
        }
        let off = Phase(
            "model.prefetch",
            begin: at(0),
            end: at(0),
            attributes: ["skipped": "switched off by the settings"]
        )
        #expect(savings([start([off, weights])]) == ["≤999 ms KINDLING_PREFETCH=auto"])
    }

    @Test("The direct engine saves what Ollama does around its runner")
    func direct() {
        let phases = [
            Phase("engine.discover", begin: at(0), end: at(200)), Phase("runner.fit", begin: at(200), end: at(300)),
            Phase("runner.notice", begin: at(300), end: at(450)), Phase("context", begin: at(450), end: at(460)),
        ]
        #expect(savings([start(phases, ["engine": "ollama"])]) == ["=450 ms KINDLING_ENGINE=direct"])
        #expect(savings([start(phases, ["engine": "llama-server"])]).isEmpty)
    }

    @Test("A lazy start could have used the wait; an eager one did")
    func eager() {
        #expect(savings([keptStart(idle: 5000)]).first == "=1.07 s KINDLING_START=eager")
        #expect(savings([keptStart(idle: 100)]).contains("=100 ms KINDLING_START=eager"))
        let load = Phase("model.load", begin: at(0), end: at(900))
        let prefetch = Phase("model.prefetch", begin: at(0), end: at(800))
        let wait = Phase("idle", begin: at(900), end: at(9000))
        #expect(savings([start([prefetch, load, wait])]).isEmpty)
    }

    @Test("Fewer bits, a nearer storage and a smaller context are named where they matter")
    func model() {
        let phases = [
            Phase("model.prefetch", begin: at(0), end: at(10)), Phase("weights", begin: at(10), end: at(1010)),
            Phase("kv_cache", begin: at(1010), end: at(1210)),
        ]
        #expect(
            savings([start(phases, ["quantisation": "F16", "file_system": "nfs4"])]) == [
                "≤1.01 s kindling pull into /opt/kindling/models when the image is built",
                "=707 ms KINDLING_MODEL=NAME:TAG of a Q4_K_M", "≤100 ms KINDLING_CONTEXT_LENGTH",
            ]
        )
        for local in ["ext4", "overlay", "fuse.fuse-overlayfs"] {
            let local = start(phases, ["quantisation": "Q4_K_M", "file_system": .string(local)])
            #expect(savings([local]) == ["≤100 ms KINDLING_CONTEXT_LENGTH"])
        }
        #expect(savings([start(phases, ["quantisation": "Q4_K_M"])]) == ["≤100 ms KINDLING_CONTEXT_LENGTH"])
    }

    @Test("What nobody would notice is not named, nor anything of starts that failed or were warm")
    func small() {
        #expect(savings([start([Phase("weights", begin: at(0), end: at(4))])]).isEmpty)
        #expect(savings([keptStart(error: "x"), keptStart(kind: .warm), keptStart(kind: .restored)]).isEmpty)
        #expect(savings([]).isEmpty)
    }
}
