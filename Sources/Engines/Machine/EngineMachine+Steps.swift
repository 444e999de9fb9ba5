import Jobs

extension EngineMachine {
    /// Does what can be done for those who wait.
    ///
    /// - Parameter newcomer: who came just now; if it is served at once it did not have to wait
    mutating func advance(newcomer: Int? = nil) -> [Action] {
        if state == .stopped { return start() }
        var actions = serve(newcomer: newcomer)
        guard state == .ready, let next = waiting.first(where: { wantsModel($0) }) else { return actions }
        guard let model = try? wantedModel(of: next) else { return actions }
        switch serving {
        case .manyModels:
            state = .loading(model)
            actions.append(.load(life: life, model: model))
        case .oneModel:
            // The running requests of the old model are finished first; nobody new is let in before the change. A model
            // that came just now stays for a while: else two clients with a model each make every request a load.
            guard running.isEmpty, !isSettling else { return actions }
            state = .ending
            actions.append(end())
        }
        return actions
    }

    private func wantsModel(_ waiter: Waiter) -> Bool {
        waiter.demand != .process
    }

    private mutating func start() -> [Action] {
        waiting.removeAll(where: \.isGone)
        guard !waiting.isEmpty else { return [] }
        life += 1
        loaded = [:]
        bound = nil
        isSettling = false
        switch serving {
        case .manyModels:
            state = .starting
            return [.open(life: life, model: nil)]
        case .oneModel:
            state = .discovering
            return [.discover(life: life)]
        }
    }

    /// Resumes everybody whose model is in memory, in the order they came.
    private mutating func serve(newcomer: Int?) -> [Action] {
        guard isServing else { return [] }
        var actions = failUnresolvable()
        var kept: [Waiter] = []
        for waiter in waiting {
            let isBehind = serving == .oneModel && !kept.isEmpty && !isSettling
            guard !isBehind, let place = place(of: waiter) else {
                kept.append(waiter)
                continue
            }
            guard !waiter.isGone else { continue }
            if waiter.startsRequest { running[waiter.id] = place }
            let readiness = Readiness(model: place.model ?? "", waited: waiter.id != newcomer)
            actions.append(.resume(waiter: waiter.id, readiness))
        }
        waiting = kept
        return actions
    }

    private var isServing: Bool {
        switch state {
        case .ready: true
        // While one model loads, the others answer. With one model a process there are no others.
        case .loading: serving == .manyModels
        default: false
        }
    }

    private func place(of waiter: Waiter) -> Running? {
        guard wantsModel(waiter) else { return Running(model: bound, load: bound.flatMap { loaded[$0] } ?? 0) }
        guard let model = try? wantedModel(of: waiter), let load = loaded[model] else { return nil }
        return Running(model: model, load: load)
    }

    // MARK: Which model

    /// The model that the first of those who wait wants; nil: none of them, or it is not known yet which.
    var nextModel: String? {
        for waiter in waiting {
            if case .model(let name) = waiter.demand, let name = name ?? configured { return name }
        }
        return configured
    }

    /// The model that a waiter wants, by the engine's name.
    func wantedModel(of waiter: Waiter) throws(EngineFailure) -> String {
        switch waiter.demand {
        case .process: try resolve(nil)
        case .model(let name): try resolve(name)
        }
    }

    /// The model that a name, or none, stands for.
    func resolve(_ name: String?) throws(EngineFailure) -> String {
        if let name = name ?? configured {
            // An engine of many models knows best what it has: a name that its list does not show is tried all the same.
            guard serving == .oneModel, !listed.contains(name) else { return name }
            if let problem = problems[name] { throw EngineFailure(.unknownModel, problem) }
            throw EngineFailure(.unknownModel, "The model \(name) is not here. \(list)")
        }
        guard let only = listed.first, listed.count == 1 else {
            let problem = listed.isEmpty ? "no model is here" : "several models are here"
            throw EngineFailure(
                .unknownModel,
                "The job names no model and \(problem): name one in the job's \"model\" or set KINDLING_MODEL. \(list)"
            )
        }
        return only
    }

    private var list: String {
        listed.isEmpty ? "There are no models." : "Models that are here: \(listed.joined(separator: ", "))."
    }

    // MARK: Failing

    mutating func failUnresolvable() -> [Action] {
        var actions: [Action] = []
        var kept: [Waiter] = []
        for waiter in waiting {
            do throws(EngineFailure) {
                if wantsModel(waiter) || serving == .oneModel { _ = try wantedModel(of: waiter) }
                kept.append(waiter)
            } catch {
                if !waiter.isGone { actions.append(.fail(waiter: waiter.id, error)) }
            }
        }
        waiting = kept
        return actions
    }

    mutating func fail(_ failure: EngineFailure, wanting model: String) -> [Action] {
        let failed = waiting.filter { wantsModel($0) && (try? wantedModel(of: $0)) == model }
        waiting = waiting.filter { !failed.contains($0) }
        return failed.filter { !$0.isGone }.map { .fail(waiter: $0.id, failure) }
    }

    mutating func failAll(_ failure: EngineFailure) -> [Action] {
        defer { waiting = [] }
        return waiting.filter { !$0.isGone }.map { .fail(waiter: $0.id, failure) }
    }

    func gaveUp(_ cause: String) -> EngineFailure {
        EngineFailure(.gaveUp, "The engine failed \(failureLimit) times in a row; the last cause: \(cause)")
    }

    mutating func giveUp(_ cause: String) -> [Action] {
        state = .gaveUp(cause)
        let failed = failAll(gaveUp(cause))
        let ending = isUp && !isEnding ? [end()] : []
        return [.giveUp(cause: cause)] + failed + ending
    }

    mutating func end() -> Action {
        isEnding = true
        return .end(life: life)
    }

    mutating func countFailure(
        _ cause: String,
        endsProcess: Bool,
        isUnderRequest: Bool = false,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        failures += 1
        lastCause = cause
        waiting.removeAll(where: \.isGone)
        if endsProcess { loaded = [:] }
        let limit = backoff.limit
        let wait = backoff.next(using: &generator)
        let ending = endsProcess && !isEnding ? [end()] : []
        guard failures >= failureLimit else {
            state = .failed(cause)
            return ending + [.sleep(wait)]
        }
        guard isUnderRequest else { return ending + giveUp(cause) }
        // The verdict on the request comes right after its end; without jitter it always has the time to.
        state = .failed(cause)
        return ending + [.sleep(limit)]
    }
}
