import HTTPTransport
public import Jobs
import Logging

// After a resume from a snapshot: is the engine still there, and what was in its memory?

extension EngineSupervisor {
    /// An engine that thaws beside us, or whose pages are read back, may need this long for its first answer.
    private static let patience = Duration.seconds(5)

    private enum Health {
        case answers
        /// Nobody listens any more.
        case refuses(String)
        /// No answer, or not one of a ready engine.
        case silent
    }

    /// Whether engine and models outlived the snapshot: asks for its health and, where models come and go, for those in
    /// its memory. What is gone is forgotten, so that the next job brings it back.
    public func verify(deadline: Duration) async -> EngineVerdict {
        guard let prepared, let process, machine.state == .ready else { return .notUp }
        async let residents = residents(process, prepared, within: deadline)
        let health = await health(process, prepared, within: deadline)
        let resident = await residents
        guard isReady(process.life) else { return .notUp }
        switch health {
        case .answers:
            let missing = forget(allBut: resident, process.life)
            return missing.isEmpty ? .alive : .modelMissing(missing)
        case .refuses(let reason):
            return end(process.life, "After the worker was resumed from a snapshot its engine was gone: \(reason)")
        case .silent:
            Task { await askOn(process, prepared) }
            return .silent
        }
    }

    /// Not answered in time: once more with patience, before a whole load is paid for a slow thaw.
    private func askOn(_ process: EngineProcess, _ prepared: Prepared) async {
        let deadline = ContinuousClock.now + Self.patience
        var reason = "it did not answer within \(Self.patience)"
        asking: while isReady(process.life), .now < deadline {
            switch await health(process, prepared, within: deadline - .now) {
            case .answers:
                let resident = await residents(process, prepared, within: Self.patience)
                guard isReady(process.life) else { return }
                let missing = forget(allBut: resident, process.life)
                let rest = missing.isEmpty ? "" : ", but without \(missing.joined(separator: ", "))"
                return logger.info("the engine answers again\(rest)")
            case .refuses(let refusal):
                reason = refusal
                break asking
            case .silent:
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        _ = end(process.life, "The engine did not come back after a snapshot: \(reason)")
    }

    private func isReady(_ life: Int) -> Bool { machineIsAt(life) && machine.state == .ready }

    /// Takes models that are in no memory any more off the machine's list. Nil: that is not known.
    func forget(allBut resident: Set<String>?, _ life: Int) -> [String] {
        guard let resident else { return [] }
        let missing = machine.loaded.keys.filter { !resident.contains($0) }.sorted()
        for model in missing {
            residence.left(model)
            feed(.evicted(life: life, model: model))
        }
        return missing
    }

    /// The same as if its exit had been noticed: the group is ended, and the next who asks starts a new one.
    private func end(_ life: Int, _ cause: String) -> EngineVerdict {
        guard isReady(life) else { return .notUp }
        feed(.exited(life: life, cause: cause))
        return .dead(cause)
    }

    private func health(_ process: EngineProcess, _ prepared: Prepared, within deadline: Duration) async -> Health {
        let began = ContinuousClock.now
        do throws(HTTPError) {
            for path in prepared.driver.readinessPaths {
                let reply = try await get(process.url + path, timeout: deadline)
                guard reply.status != 404 else { continue }
                return prepared.driver.verdict(status: reply.status, body: reply.body) == .ready ? .answers : .silent
            }
            return .silent
        } catch {
            if let status = process.child?.exitStatus { return .refuses("it ended with \(status)") }
            // On loopback "no" is said at once and is final; a server elsewhere may be out of reach for a moment only.
            let isFinal = process.child != nil && error.code == .couldNotConnect && began.duration(to: .now) < deadline
            return isFinal ? .refuses(error.message) : .silent
        }
    }

    /// What is in the engine's memory; nil if it has no list of that, or does not give it.
    func residents(
        _ process: EngineProcess,
        _ prepared: Prepared,
        within deadline: Duration
    ) async -> Set<String>? {
        guard let path = prepared.driver.residencePath else { return nil }
        guard let reply = await fetch(process.url + path, timeout: deadline), reply.status == 200 else { return nil }
        return Set(prepared.driver.models(inListing: reply.body).map(prepared.driver.canonicalName))
    }
}
