public import ModelStore

// What clients are told of the models, without a start of the engine.

extension EngineSupervisor {
    /// The models of this machine. Keep it: it remembers what it has read of their files.
    public nonisolated func listing() -> ModelListing {
        ModelListing(modelSearch, path: configuration.modelPath, digests: digests)
    }

    /// The models in memory, by the engine's names for them.
    public var modelsInMemory: [RunningModel] {
        machine.loaded.keys.sorted().map { name in
            RunningModel(
                name: name,
                bytes: residence.residents[name]?.bytes ?? 0,
                contextLength: pinnedContext ?? configuration.contextLength
            )
        }
    }
}
