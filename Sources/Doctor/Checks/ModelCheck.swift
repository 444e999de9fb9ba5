import ModelStore
import Support

/// Whether the models that jobs need are here and whole.
enum ModelCheck: Check {
    static let topic = Topic.models

    static func findings(in facts: Facts) -> [Finding] {
        found(facts) + wanted(facts) + headers(facts) + damaged(facts) + unnamed(facts) + rendering(facts)
            + loadedAtOnce(facts)
    }

    private static func found(_ facts: Facts) -> [Finding] {
        guard !facts.models.isEmpty else {
            guard facts.problems.isEmpty, facts.wanted.isEmpty else { return [] }
            let places = Figure.list(facts.places.filter { $0.state == .present }.map(\.path))
            return [
                Finding(
                    .modelsNone,
                    "No model is on this machine\(places.isEmpty ? "" : " (looked in \(places))").",
                    remedy:
                        "kindling pull NAME brings one; KINDLING_MODEL_FOLDERS and OLLAMA_MODELS name further folders."
                )
            ]
        }
        let names = facts.models.map { model in
            "\(model.name) (\((model.quantisation.map { "\($0), " } ?? "") + Figure.bytes(model.bytes)))"
        }
        return [Finding(.modelsFound, "\(Figure.count(names.count, "model")): \(Figure.list(names)).")]
    }

    private static func wanted(_ facts: Facts) -> [Finding] {
        facts.wanted.compactMap { wanted in
            guard case .failure(let problem) = wanted.result else { return nil }
            if case .notFound = problem.cause {
                let present = facts.models.map(\.name)
                let list = present.isEmpty ? "" : " Here are \(Figure.list(present))."
                return finding(.modelMissing, problem, also: list)
            }
            return finding(.modelDamaged, problem)
        }
    }

    private static func headers(_ facts: Facts) -> [Finding] {
        facts.models.compactMap { model in
            guard let problem = model.headerProblem else { return nil }
            let isWanted = facts.wantedModels.contains { $0.name == model.name }
            return Finding(
                isWanted ? .modelDamaged : .modelOtherDamaged,
                "\(model.name) cannot be loaded: \(problem)",
                remedy: "Mend it with: kindling pull \(model.name)"
            )
        }
    }

    private static func damaged(_ facts: Facts) -> [Finding] {
        let wanted = facts.wanted.compactMap { wanted -> String? in
            if case .failure(let problem) = wanted.result { problem.model } else { nil }
        }
        return facts.problems.filter { !wanted.contains($0.model) }.map { finding(.modelOtherDamaged, $0) }
    }

    /// A problem ends with its remedy as a sentence of its own.
    private static func finding(_ id: FindingID, _ problem: ModelProblem, also list: String = "") -> Finding {
        Finding(id, "\(problem.fault)\(list)", remedy: problem.remedy)
    }

    private static func unnamed(_ facts: Facts) -> [Finding] {
        guard facts.wanted.isEmpty, facts.models.count > 1 else { return [] }
        return [
            Finding(
                .modelUnnamed,
                "There are several models, and none is set for jobs that name none: those are refused.",
                remedy: "Set KINDLING_MODEL."
            )
        ]
    }

    private static func rendering(_ facts: Facts) -> [Finding] {
        let models = facts.models.filter { !$0.ownRendering.isEmpty }
        guard !models.isEmpty else { return [] }
        let isDirect = facts.settings[Catalogue.engine] == .direct
        let names = models.map { "\($0.name) (\($0.ownRendering.joined(separator: ", ")))" }
        guard isDirect else {
            let text =
                "Ollama renders the chats of \(Figure.list(names)) in a way of its own, which KINDLING_ENGINE=direct "
                + "would not."
            return [Finding(.modelOwnRendering, text)]
        }
        return [
            Finding(
                .directRendersOtherwise,
                "The direct engine renders chats by the template in the weights, Ollama by its own for "
                    + "\(Figure.list(names)).",
                remedy:
                    "Compare some answers of both before you rely on it; raw prompts are the same. "
                    + "KINDLING_ENGINE=ollama renders as before."
            )
        ]
    }

    private static func loadedAtOnce(_ facts: Facts) -> [Finding] {
        guard let text = facts.variable("OLLAMA_MAX_LOADED_MODELS"), let most = Int(text), most > 0,
            facts.wanted.count > most
        else { return [] }
        return [
            Finding(
                .maxLoadedModelsLow,
                "\(facts.wanted.count) models are to stay in memory, and OLLAMA_MAX_LOADED_MODELS=\(most) lets Ollama "
                    + "hold \(most): they put each other out.",
                remedy: "Remove OLLAMA_MAX_LOADED_MODELS, or set it to \(facts.wanted.count)."
            )
        ]
    }
}
