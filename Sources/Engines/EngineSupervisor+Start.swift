import HTTPTransport
import JSON
import Jobs
import Logging
import ModelStore
import Processes
import Support

extension EngineSupervisor {
    // MARK: A process

    /// Uses a server that runs already, or starts one.
    func open(_ life: Int, model: String?) async {
        guard let prepared, machineIsAt(life) else { return }
        switch await place(for: prepared) {
        case .running(let url):
            process = EngineProcess(life: life, url: url, child: nil, opened: .now, signs: StallWatch())
            feed(.opened(life: life))
        case .free(let port, let url):
            if prepared.choice.kind == .ollama { await lookForModels(prepared.driver) }
            do throws(EngineFailure) {
                let plan = try await planLoad(of: model, prepared)
                // Ended while the driver was asked: nothing is started that would have to be ended at once.
                guard machineIsAt(life), !Task.isCancelled else { return }
                await spawn(prepared, life, port: port, url: url, model: model.flatMap { shelf[$0] }, plan)
                if let model { headerReading = Task { await self.readHeader(of: model, .whole) } }
            } catch {
                feed(.loadFailed(life: life, model: model ?? "", error))
            }
        case .impossible(let cause, let retry):
            feed(.openFailed(life: life, cause: cause, retry: retry))
        }
    }

    private func spawn(
        _ prepared: Prepared,
        _ life: Int,
        port: UInt16,
        url: String,
        model: ModelFile?,
        _ plan: LoadPlan
    ) async {
        let name = prepared.choice.kind.rawValue
        let program = prepared.choice.program ?? ""
        let launch = prepared.driver.launch(program: program, port: port, model: model, plan: plan)
        let home = launch.environment["HOME"] ?? ""
        if configuration.environment["HOME"]?.isEmpty != false {
            await onOwnThread { _ = try? FileSystem.makeFolder(home) }
        }
        timeline.enter(.spawn)
        let command = Command(program, launch.arguments, environment: launch.environment)
        // The user's arguments may hold a key, so they are for those only who ask for details.
        logger.info("starting \(program)", metadata: ["url": "\(url)"])
        logger.debug("its arguments: \(launch.arguments.joined(separator: " "))")
        do throws(SpawnError) {
            let signs = StallWatch()
            let child = try await ChildProcess.spawn(command, onLine: lineReader(life, signs))
            process = EngineProcess(life: life, url: url, child: child, opened: .now, signs: signs)
            Task {
                let status = await child.exit()
                self.exited(life, "\(name) ended with \(status).")
            }
            feed(.opened(life: life))
        } catch {
            feed(.openFailed(life: life, cause: "\(program) could not be started: \(error)", retry: false))
        }
    }

    /// Whether the process ends because we asked it to.
    private var isEndExpected: Bool {
        switch machine.state {
        case .ending, .draining, .stopped: true
        default: false
        }
    }

    private func exited(_ life: Int, _ text: String) {
        guard let process, process.life == life else { return }
        var cause = "\(text)\(process.lastWords)"
        if prepared?.choice.kind == .ollama, cause.contains("address already in use") {
            cause += " Another program holds the port of \(process.url): end it, or set OLLAMA_HOST to another port."
        }
        // Where a request has told of its end already, these may be lines that came after that.
        logLastLines(beside: cause)
        feed(.exited(life: life, cause: withShortage(cause)))
    }

    /// What the engine said before it failed, unless the failure's own words have it. A failure clears its process away.
    func logLastLines(beside cause: String) {
        guard let process, !isEndExpected, let lines = process.lastLines else { return }
        guard lines != process.loggedLines, !cause.contains(lines) else { return }
        self.process?.loggedLines = lines
        logger.warning("the engine's last lines: \(lines)")
    }

    /// A load that failed for want of memory says so first: engines end with a number and a page of log.
    func withShortage(_ cause: String) -> String {
        guard let words = timeline.current?.load[StartPhases.memoryShort]?.string else { return cause }
        let memory = picture?.gpu.map { "The memory of the \($0)" } ?? "The memory"
        return
            "\(memory) did not suffice for this load. Choose a smaller quantisation, a smaller KINDLING_CONTEXT_LENGTH or "
            + "fewer slots (KINDLING_CONCURRENCY), or set OLLAMA_KV_CACHE_TYPE=q8_0. The engine's words: \(words). \(cause)"
    }

    /// Every line is read, always: an engine whose pipe is full ends on no SIGTERM, one whose pipe is closed dies.
    private func lineReader(_ life: Int, _ signs: StallWatch) -> @Sendable (OutputLine) -> Void {
        let logger = logger
        let timeline = timeline
        return { line in
            logger.debug("\(line.text)")
            signs.touch()
            // Marks matter while a start is recorded; each request writes 2 KB of lines, which cost nothing here.
            guard let start = timeline.current, let mark = LogMark(line.text) else { return }
            start.take(mark, at: line.arrived)
            // It is about to answer: ask at once instead of at the next turn.
            if mark == .loaded || mark.isEndOfDiscovery { Task { await self.hurry(life) } }
        }
    }

    private func hurry(_ life: Int) {
        if machineIsAt(life) { probePause?.cancel() }
    }

    /// Ends the process group. Requests go first: llama-server ends on no SIGTERM while it answers one.
    func end(_ life: Int) async {
        let work = self.work
        work?.cancel()
        probePause?.cancel()
        let verdict =
            isShutDown
            ? EngineFailure(.cancelled, "The engine is being shut down.")
            : EngineFailure(.died, "The engine was ended under this request. \(failureCause)")
        for id in requests.keys {
            requests[id]?.verdict = verdict
            requests[id]?.task.cancel()
        }
        // A spawn under way is waited for: what it starts must be ended too.
        await work?.value
        if let child = process?.child {
            let status = await child.end(grace: configuration.grace)
            logger.info("the engine's process group has ended: \(status)")
        }
        process = nil
        residence.allLeft()
        feed(.ended(life: life))
    }

    private var failureCause: String {
        switch machine.state {
        case .failed(let cause), .gaveUp(let cause): cause
        default: "Another model was asked for."
        }
    }

    func machineIsAt(_ life: Int) -> Bool { machine.life == life && machine.state != .draining }

    // MARK: Readiness

    func probe(_ life: Int, after pause: Duration) async {
        if pause > .zero {
            let sleep = Task { _ = try? await Task.sleep(for: pause) }
            probePause = sleep
            await sleep.value
        }
        guard !Task.isCancelled, let prepared, let process, process.life == life else { return }
        var answer = EngineMachine.Probe.silent
        do throws(HTTPError) {
            for path in prepared.driver.readinessPaths {
                let reply = try await get(process.url + path, timeout: .seconds(5))
                process.signs.touch()
                self.process?.garbageSince = nil
                guard reply.status != 404 else { continue }
                answer = prepared.driver.verdict(status: reply.status, body: reply.body)
                break
            }
        } catch {
            if let cause = unreachable(process, error), !Task.isCancelled {
                feed(.openFailed(life: life, cause: cause, retry: false))
                return
            }
            if let cause = foreign(life, error), !Task.isCancelled {
                feed(.exited(life: life, cause: cause))
                return
            }
        }
        if answer == .silent, isOverdue(process, prepared.choice.kind) { answer = .timedOut }
        if answer == .loading { timeline.enter(.runnerStart) }
        if answer == .ready, prepared.driver.serving == .manyModels { timeline.enter(.discover) }
        guard !Task.isCancelled else { return }
        if answer == .ready, process.child == nil { logger.info("using the engine that runs at \(process.url)") }
        feed(.probed(life: life, answer))
    }

    /// Until the first answer the whole start counts; a load may last, but not in silence.
    private func isOverdue(_ process: EngineProcess, _ kind: EngineKind) -> Bool {
        guard machine.state == .starting else { return process.signs.silence > loadStallTimeout }
        // Servers that compile kernels before they listen take many minutes.
        let limit = configuration.startTimeout ?? (kind == .openAI ? .seconds(1800) : .seconds(120))
        return process.opened.duration(to: .now) > limit
    }

    var loadStallTimeout: Duration {
        configuration.loadStallTimeout ?? max(configuration.stallTimeout, .seconds(300))
    }

    /// A server of others that nobody can connect to is a wrong URL or a server that is down: no patience of ours
    /// starts it.
    private func unreachable(_ process: EngineProcess, _ error: HTTPError) -> String? {
        guard process.child == nil, machine.state == .starting else { return nil }
        switch error.code {
        case .couldNotConnect, .couldNotResolve, .tls, .invalidRequest: break
        default: return nil
        }
        guard process.opened.duration(to: .now) > configuration.startTimeout ?? .seconds(20) else { return nil }
        return "No engine can be reached at \(process.url): \(error.message). Start it there, or correct the URL."
    }

    /// What answers the probe is no engine, nor an engine on its way.
    private func foreign(_ life: Int, _ error: HTTPError) -> String? {
        guard let process, process.life == life else { return nil }
        guard error.code == .protocolViolation || error.code == .tooLarge else {
            self.process?.garbageSince = nil
            return nil
        }
        guard self.process?.speaksNoHTTP() == true else { return nil }
        return "What answers at \(process.url) is no engine: \(error.message).\(process.lastWords)"
    }

    func fetch(_ url: String, timeout: Duration) async -> HTTPReply? {
        try? await get(url, timeout: timeout)
    }

    func get(_ url: String, timeout: Duration) async throws(HTTPError) -> HTTPReply {
        var request = HTTPRequest("GET", url)
        request.usesProxy = false
        request.timeout = timeout
        return try await client.fetch(request, upTo: 16 << 20)
    }
}

extension LogMark {
    /// Ollama names the devices when it has looked at them, and answers right after.
    var isEndOfDiscovery: Bool {
        if case .device = self { true } else { false }
    }
}
