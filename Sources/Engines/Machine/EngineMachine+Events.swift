import Jobs

extension EngineMachine {
    /// Takes in what happened and says what to do. News of an earlier process is ignored.
    public mutating func handle(_ event: Event, using generator: inout some RandomNumberGenerator) -> [Action] {
        switch event {
        case .wanted(let waiter):
            return wanted(waiter)
        case .cancelled(let id):
            return cancelled(id)
        case .discovered(life, let models, let problems):
            return discovered(models, problems)
        case .relisted(let models, let problems):
            // What is in memory can be used, whatever became of its file.
            listed = Set(models).union(loaded.keys).sorted()
            self.problems = problems
            return []
        case .opened(life):
            return opened()
        case .openFailed(life, let cause, let retry):
            return openFailed(cause, retry: retry, using: &generator)
        case .probed(life, let answer):
            return probed(answer, using: &generator)
        case .exited(life, let cause):
            return exited(cause, using: &generator)
        case .ended(life):
            return ended()
        case .loadDone(life, let model):
            return state == .loading(model) ? [.warmUp(life: life, model: model)] : []
        case .warmedUp(life, let model):
            return warmedUp(model)
        case .loadFailed(life, let model, let failure):
            return loadFailed(model, failure, using: &generator)
        case .requestEnded(let id, let outcome):
            return requestEnded(id, outcome, using: &generator)
        case .backoffElapsed:
            return backoffElapsed()
        case .drain:
            return drain()
        case .pardon:
            pardon()
            return []
        case .settled(life):
            isSettling = false
            return advance()
        case .evicted(life, let model):
            loaded[model] = nil
            return advance()
        case .discovered, .opened, .openFailed, .probed, .exited, .ended, .loadDone, .warmedUp, .loadFailed,
            .settled, .evicted:
            return []
        }
    }

    // MARK: Those who wait

    private mutating func wanted(_ waiter: Waiter) -> [Action] {
        switch state {
        case .draining:
            return [.fail(waiter: waiter.id, EngineFailure(.cancelled, "The engine is being shut down."))]
        case .gaveUp(let cause):
            return [.fail(waiter: waiter.id, gaveUp(cause))]
        case .failed:
            waiting.append(waiter)
            return []
        default:
            waiting.append(waiter)
            return failures < failureLimit ? advance(newcomer: waiter.id) : giveUp(lastCause)
        }
    }

    private mutating func cancelled(_ id: Int) -> [Action] {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return [] }
        if case .failed = state {
            waiting.remove(at: index)
        } else {
            waiting[index].isGone = true
        }
        return []
    }

    // MARK: The start, step by step

    private mutating func discovered(_ models: [String], _ problems: [String: String]) -> [Action] {
        guard state == .discovering else { return [] }
        listed = models
        self.problems = problems
        guard serving == .oneModel else {
            state = .ready
            return advance()
        }
        state = .stopped
        var actions = failUnresolvable()
        if let model = waiting.first.flatMap({ try? wantedModel(of: $0) }) {
            bound = model
            state = .starting
            actions.append(.open(life: life, model: model))
        }
        return actions
    }

    private mutating func opened() -> [Action] {
        guard state == .starting else { return [] }
        isUp = true
        probes = 0
        return [.probe(life: life, after: .zero)]
    }

    private mutating func openFailed(
        _ cause: String,
        retry: Bool,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard state == .starting || state == .discovering else { return [] }
        guard !retry else { return countFailure(cause, endsProcess: true, using: &generator) }
        isUp = false
        // The same will happen again: nobody waits for that, but it counts, so that a worker does not bill for ever.
        failures += 1
        guard failures < failureLimit else { return giveUp(cause) }
        state = .stopped
        return failAll(EngineFailure(.unavailable, cause))
    }

    private mutating func probed(_ answer: Probe, using generator: inout some RandomNumberGenerator) -> [Action] {
        guard state == .starting || isLoadingBoundModel else { return [] }
        switch answer {
        case .silent, .loading:
            if answer == .loading, let bound { state = .loading(bound) }
            probes += 1
            // 1, 2, 4 … 50 ms: a start that takes 40 ms is noticed within milliseconds, one that takes minutes is
            // asked 20 times a second.
            return [.probe(life: life, after: .milliseconds(min(50, 1 << min(probes - 1, 6))))]
        case .ready:
            guard serving == .oneModel, let bound else {
                state = .discovering
                return [.discover(life: life)]
            }
            state = .loading(bound)
            return [.warmUp(life: life, model: bound)]
        case .timedOut:
            let cause =
                if case .loading(let model) = state {
                    "The engine gave no sign of life for too long while it loaded \(model)."
                } else {
                    "The engine was started but did not answer its readiness probe in time."
                }
            return countFailure(cause, endsProcess: true, using: &generator)
        }
    }

    private var isLoadingBoundModel: Bool {
        guard serving == .oneModel, case .loading = state else { return false }
        return true
    }

    private mutating func warmedUp(_ model: String) -> [Action] {
        guard state == .loading(model) else { return [] }
        loads += 1
        loaded[model] = loads
        state = .ready
        guard serving == .oneModel else { return advance() }
        isSettling = true
        return [.settle(life: life)] + advance()
    }

    private mutating func loadFailed(
        _ model: String,
        _ failure: EngineFailure,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard state == .loading(model) || isRefusedBeforeItsStart(model) else { return [] }
        switch failure.kind {
        case .died:
            let endsProcess = serving == .oneModel
            return countFailure(failure.description, endsProcess: endsProcess, using: &generator)
        case .stalled:
            return countFailure(failure.description, endsProcess: true, using: &generator)
        default:
            let isDefault = (try? resolve(nil)) == model
            // A broken model is the matter of those who name it, unless it is the one this worker is for.
            if isDefault, failure.kind != .unknownModel { failures += 1 }
            guard failures < failureLimit else { return giveUp(failure.description) }
            let said = EngineFailure(kind(of: failure, isDefault: isDefault), failure.description)
            let failed = fail(said, wanting: model)
            state = isUp ? .ready : .stopped
            return failed + advance()
        }
    }

    /// A model that will not fit is refused before a process is started for it.
    private func isRefusedBeforeItsStart(_ model: String) -> Bool {
        serving == .oneModel && state == .starting && bound == model && !isUp
    }

    private func kind(of failure: EngineFailure, isDefault: Bool) -> EngineFailure.Kind {
        switch failure.kind {
        case .refused, .unavailable: isDefault ? .unavailable : .unloadable
        default: failure.kind
        }
    }

    // MARK: The end of a process or of a request

    private mutating func exited(_ cause: String, using generator: inout some RandomNumberGenerator) -> [Action] {
        isUp = false
        loaded = [:]
        switch state {
        case .starting, .discovering, .loading, .ready:
            // The leader is gone, its runner may not be: the group is ended all the same.
            return countFailure(
                cause,
                endsProcess: true,
                isUnderRequest: !running.isEmpty,
                using: &generator
            )
        case .stopped, .ending, .draining, .failed, .gaveUp:
            return []
        }
    }

    private mutating func ended() -> [Action] {
        isUp = false
        isEnding = false
        loaded = [:]
        guard state == .ending else { return [] }
        state = .stopped
        return advance()
    }

    private mutating func requestEnded(
        _ id: Int,
        _ outcome: Outcome,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let request = running.removeValue(forKey: id) else { return [] }
        switch outcome {
        case .completed:
            failures = 0
            backoff.reset()
        case .refused:
            break
        case .died, .stalled:
            // All requests of a dead runner report it; the first one counts.
            guard let model = request.model, loaded[model] == request.load else { break }
            loaded[model] = nil
            guard case .died(let cause) = outcome else {
                let cause = "The engine gave no token and no sign of progress for too long."
                return countFailure(cause, endsProcess: true, isUnderRequest: true, using: &generator)
            }
            let endsProcess = serving == .oneModel
            return countFailure(cause, endsProcess: endsProcess, isUnderRequest: true, using: &generator)
        }
        return advance()
    }

    private mutating func backoffElapsed() -> [Action] {
        guard case .failed = state else { return [] }
        // Nobody spoke for the last request: the fault is the engine's. If nobody waits, the next who comes is told.
        waiting.removeAll(where: \.isGone)
        if failures >= failureLimit, !waiting.isEmpty { return giveUp(lastCause) }
        state = isEnding ? .ending : isUp ? .ready : .stopped
        return advance()
    }

    private mutating func drain() -> [Action] {
        guard state != .draining else { return [] }
        state = .draining
        let failed = failAll(EngineFailure(.cancelled, "The engine is being shut down."))
        return life > 0 ? failed + [end()] : failed
    }

    /// A convicted input has killed the engine twice at least: the first time among others, then alone. All that is
    /// its doing, and whatever failed before is answered by the start that its last run had.
    private mutating func pardon() {
        failures = 0
        backoff.reset()
    }
}
