import HTTPTransport
import JSON
import Jobs
import Logging
import Processes
import Support

extension EngineSupervisor {
    /// Which engine it is: found out once, by the first who asks.
    func preparedEngine() async throws(EngineFailure) -> Prepared {
        if let prepared { return prepared }
        guard !isShutDown else { throw EngineFailure(.cancelled, "The engine is being shut down.") }
        let preparation = self.preparation ?? Task { await self.choose() }
        self.preparation = preparation
        return try await preparation.value.get()
    }

    private func choose() async -> Result<Prepared, EngineFailure> {
        let began = ContinuousClock.now
        // Part of the first start, whether it was asked for at boot or by the first job.
        defer { choosing = began...ContinuousClock.now }
        let search = ProgramSearch(configuration: configuration)
        async let orphans = OrphanSweep.run()
        let facts = await onOwnThread { search.facts() }
        for orphan in await orphans {
            logger.warning("ended \(orphan.name) (pid \(orphan.pid)), which a killed worker had left running")
        }
        preparation = nil
        do throws(EngineChoice.Impossible) {
            let choice = try EngineChoice.decide(facts)
            let prepared = Prepared(choice: choice, driver: choice.kind.driver(configuration))
            machine = EngineMachine(
                serving: prepared.driver.serving,
                configured: configuration.model.map(prepared.driver.canonicalName)
            )
            residence = Residence(
                pinned: Set(configuration.preloadModels.map(prepared.driver.canonicalName)),
                minimum: configuration.residence
            )
            logger[metadataKey: "engine"] = "\(choice.kind.rawValue)"
            self.prepared = prepared
            if isShutDown { feed(.drain) }
            return .success(prepared)
        } catch {
            return .failure(EngineFailure(.unavailable, error.description))
        }
    }

    // MARK: What is known of models

    func loadedModel(_ name: String) -> LoadedModel {
        guard let file = shelf[name] else {
            return LoadedModel(name: name, isEmbeddingOnly: embeddingModels.contains(name))
        }
        return LoadedModel(
            name: name,
            hasChatTemplate: file.hasChatTemplate,
            isEmbeddingOnly: file.isEmbeddingOnly || embeddingModels.contains(name),
            defaults: file.defaults
        )
    }

    func modelAttributes(_ name: String) -> JSON.Object {
        shelf[name]?.attributes ?? ["model": .string(name)]
    }
}

extension EngineKind {
    /// What is particular to this kind.
    func driver(_ configuration: EngineConfiguration) -> any EngineDriver {
        switch self {
        case .ollama: OllamaDriver(configuration: configuration)
        case .llamaServer: LlamaServerDriver(configuration: configuration)
        case .openAI: OpenAIDriver(configuration: configuration)
        }
    }
}
