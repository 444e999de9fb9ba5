import Support

/// Whether there is an engine, which one, and whether it can do its work here.
enum EngineCheck: Check {
    static let topic = Topic.engine
    /// Since then its runners are llama-server processes, which is what the phases of a start are read from.
    private static let firstWithRunners = [0, 30]

    static func findings(in facts: Facts) -> [Finding] {
        guard let engine = facts.engine else { return [] }
        switch engine.choice {
        case .impossible(let words):
            return [
                Finding(
                    .engineMissing,
                    words,
                    remedy: "Bring that engine into the image, or correct KINDLING_ENGINE."
                )
            ]
        case .found(let kind, let program, let reason):
            return [found(engine, kind, program, reason)] + version(engine, program) + library(engine, facts)
                + home(engine, facts)
        }
    }

    private static func found(_ engine: EngineFact, _ kind: String, _ program: String?, _ reason: String) -> Finding {
        var name = kind
        if case .known(let version) = engine.version { name += " \(version)" }
        return Finding(.engineFound, "\(name)\(program.map { " (\($0))" } ?? ""), since \(reason).")
    }

    private static func version(_ engine: EngineFact, _ program: String?) -> [Finding] {
        switch engine.version {
        case .notAsked: return []
        case .unknown(let words):
            return [
                Finding(
                    .engineVersionUnknown,
                    "\(program ?? "The engine") does not say its version: "
                        + "\(words.isEmpty ? "it printed nothing" : words)",
                    remedy: "Run it by hand: a library that is missing or a wrong architecture shows at once."
                )
            ]
        case .known(let text):
            let numbers = text.split(separator: ".").prefix(2).compactMap { Int($0) }
            guard engine.isOllama, numbers.count == 2, numbers.lexicographicallyPrecedes(firstWithRunners),
                numbers != [0, 0]
            else { return [] }
            return [
                Finding(
                    .engineOld,
                    "Ollama \(text) is older than 0.30: it works, but its log does not show the parts of a load, and "
                        + "KINDLING_ENGINE=direct needs a newer one."
                )
            ]
        }
    }

    private static func library(_ engine: EngineFact, _ facts: Facts) -> [Finding] {
        guard !facts.gpu.gpus.isEmpty, let libraries = engine.gpuLibraries,
            !libraries.contains(where: { $0.hasPrefix("cuda") })
        else { return [] }
        let list = libraries.isEmpty ? "none at all" : "only \(Figure.list(libraries))"
        return [
            Finding(
                .engineLacksGPULibrary,
                "There is a GPU, and Ollama has no CUDA library (\(list)): models will run on the CPU.",
                remedy:
                    "Keep lib/ollama/cuda_v12 or cuda_v13 when an image is made smaller, or install Ollama with them."
            )
        ]
    }

    private static func home(_ engine: EngineFact, _ facts: Facts) -> [Finding] {
        guard engine.isOllama, engine.homeIsWritable == false else { return [] }
        return [
            Finding(
                .homeNotWritable,
                "\(facts.variable("HOME") ?? "HOME") cannot be written: Ollama makes its key there on its first "
                    + "start, and ends if it cannot.",
                remedy: "Set HOME to a folder that this user may write, or run the worker as another user."
            )
        ]
    }
}
