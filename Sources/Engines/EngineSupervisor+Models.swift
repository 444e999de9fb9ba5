import ColdStart
import JSON
import Jobs
import Logging
import ModelStore
import Support

extension EngineSupervisor {
    /// Lists the models: the engine's own list, or the files on the disk.
    func discover(_ life: Int) async {
        guard let prepared else { return }
        guard let path = prepared.driver.listingPath else {
            await discoverFiles(life, prepared.driver)
            return
        }
        guard let process, process.life == life else { return }
        let reply = await fetch(process.url + path, timeout: .seconds(10))
        let models = reply.map { prepared.driver.models(inListing: $0.body) } ?? []
        if !Task.isCancelled {
            feed(.discovered(life: life, models: models.map(prepared.driver.canonicalName)))
        }
    }

    private func discoverFiles(_ life: Int, _ driver: any EngineDriver) async {
        await lookForModels(driver)
        feed(.discovered(life: life, models: shelf.names, problems: shelf.problems))
    }

    /// Brings a model into memory by our own request, which no client's impatience can abort.
    func load(_ life: Int, _ model: String) async {
        guard let prepared, let process, process.life == life else { return }
        if process.child != nil, prepared.choice.kind == .ollama {
            if let problem = await damage(of: model, prepared.driver) {
                return feed(.loadFailed(life: life, model: model, EngineFailure(.unavailable, problem)))
            }
            await prepareLoad(of: model)
        }
        do throws(EngineFailure) {
            try await makeRoom(for: model, process, prepared)
        } catch {
            return feed(.loadFailed(life: life, model: model, error))
        }
        guard machineIsAt(life) else { return }
        var failed: EngineExchange.Failure?
        for request in prepared.driver.loadRequests(for: model) {
            // Only a model that cannot generate is tried as one that embeds.
            if let failed, failed.failure.kind != .refused(status: 400) { break }
            guard case .failure(let error) = await load(request, process, prepared) else {
                if failed != nil { embeddingModels.insert(model) }
                failed = nil
                break
            }
            failed = error
            if error.failure.kind == .stalled {
                let text = "The engine gave no sign of life for \(loadStallTimeout) while it loaded \(model)."
                failed?.failure = EngineFailure(.stalled, text)
            }
        }
        guard !Task.isCancelled else { return }
        if let failed {
            await report(failed, of: model, life)
        } else {
            await noticeEvictions(by: model, process, prepared)
            feed(.loadDone(life: life, model: model))
        }
    }

    /// An engine short of memory puts a model out for another without a word. It is said, and who wants that model next
    /// waits for its load instead of being sent into it.
    private func noticeEvictions(by model: String, _ process: EngineProcess, _ prepared: Prepared) async {
        guard !machine.loaded.isEmpty else { return }
        let missing = forget(allBut: await residents(process, prepared, within: .seconds(2)), process.life)
        for evicted in missing {
            logger.warning(
                "the engine put \(evicted) out of memory to load \(model): they do not fit together. See kindling doctor"
            )
        }
    }

    /// One token through the whole engine: kernels are compiled and caches filled before a job pays for it.
    func warmUp(_ life: Int, _ model: String) async {
        guard let prepared, let process, process.life == life else { return }
        await headerReading?.value
        guard let request = prepared.driver.warmUpRequest(for: loadedModel(model)) else {
            feed(.warmedUp(life: life, model: model))
            return
        }
        let outcome = await exchange(request, process, prepared, configuration.stallTimeout, StallWatch()).run { _ in }
        guard !Task.isCancelled else { return }
        switch outcome {
        case .success:
            feed(.warmedUp(life: life, model: model))
        case .failure(let error):
            guard case .refused = error.failure.kind else { return await report(error, of: model, life) }
            // A server that lacks the route does so at each start.
            let level: Logger.Level = error.failure.kind.lacksRoute ? .debug : .warning
            logger.log(level: level, "the warm-up of \(model) was refused: \(error.failure.description)")
            feed(.warmedUp(life: life, model: model))
        }
    }

    private func report(_ error: EngineExchange.Failure, of model: String, _ life: Int) async {
        var failure = await withList(await explained(error, life), model)
        failure = EngineFailure(failure.kind, withShortage(failure.description))
        guard !Task.isCancelled else { return }
        if error.isTransport {
            feed(.exited(life: life, cause: failure.description))
        } else {
            feed(.loadFailed(life: life, model: model, failure))
        }
    }

    /// A load lasts as long as its storage needs, while the engine lives: it is asked beside the load. Ollama lives on
    /// when its runner hangs, and ends that one itself (`OLLAMA_LOAD_TIMEOUT`).
    private func load(
        _ request: EngineRequest,
        _ process: EngineProcess,
        _ prepared: Prepared
    ) async -> Result<Void, EngineExchange.Failure> {
        let pulse = Task {
            while !Task.isCancelled {
                for path in prepared.driver.readinessPaths.prefix(1) {
                    if await fetch(process.url + path, timeout: loadStallTimeout) != nil { process.signs.touch() }
                }
                try? await Task.sleep(for: min(loadStallTimeout / 4, .seconds(5)))
            }
        }
        defer { pulse.cancel() }
        return await exchange(request, process, prepared, loadStallTimeout, process.signs).run { _ in }
    }

    func exchange(
        _ request: EngineRequest,
        _ process: EngineProcess,
        _ prepared: Prepared,
        _ stallTimeout: Duration,
        _ watch: StallWatch
    ) -> EngineExchange {
        EngineExchange(
            client: client,
            url: process.url,
            request: request,
            stallTimeout: stallTimeout,
            watch: watch,
            lookout: lookout,
            failure: prepared.driver.failure
        )
    }

    /// An unknown model's error names those that are there.
    func withList(_ failure: EngineFailure, _ model: String) async -> EngineFailure {
        guard failure.kind == .unknownModel, let prepared, let process, let path = prepared.driver.listingPath else {
            return failure
        }
        let reply = await fetch(process.url + path, timeout: .seconds(10))
        let models = reply.map { prepared.driver.models(inListing: $0.body) } ?? []
        let list = models.isEmpty ? "There are no models." : "Models that are here: \(models.joined(separator: ", "))."
        return EngineFailure(.unknownModel, "The model \(model) is not here. \(list)")
    }
}
