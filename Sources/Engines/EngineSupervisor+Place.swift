import HTTPTransport
import Jobs

extension EngineSupervisor {
    /// Where the engine is, or can be started.
    enum Place: Sendable {
        /// A server that runs already.
        case running(url: String)
        /// A port to start our own on.
        case free(port: UInt16, url: String)
        /// Neither. `retry`: whether waiting may help.
        case impossible(cause: String, retry: Bool)
    }

    func place(for prepared: Prepared) async -> Place {
        switch prepared.choice.kind {
        case .ollama: await placeForOllama(prepared)
        case .llamaServer: freePort()
        case .openAI: placeForOpenAI(prepared)
        }
    }

    /// An Ollama that answers on `OLLAMA_HOST` is used; else ours is started on its port.
    private func placeForOllama(_ prepared: Prepared) async -> Place {
        let host = OllamaHost(configuration.environment["OLLAMA_HOST"])
        var request = HTTPRequest("GET", host.url + "/api/version")
        request.usesProxy = false
        request.connectTimeout = .seconds(2)
        request.timeout = .seconds(5)
        do throws(HTTPError) {
            let reply = try await client.fetch(request, upTo: 1 << 16)
            if prepared.driver.verdict(status: reply.status, body: reply.body) == .ready {
                return .running(url: host.url)
            }
            return taken(host, "it answers \(reply.status) and not as an Ollama does")
        } catch {
            if let sign = Self.foreignSign(in: error, isHere: host.isLocal) { return taken(host, sign) }
            let cause = "No Ollama answers at \(host.url) (\(error.message))"
            // One that was to run elsewhere has the GPU and the models that ours would lack.
            guard host.isLocal else {
                let advice = "and none is started for another machine's address. Start it there, or unset OLLAMA_HOST."
                return .impossible(cause: "\(cause), \(advice)", retry: true)
            }
            guard prepared.choice.program == nil else { return .free(port: host.port, url: host.ownURL) }
            return .impossible(cause: "\(cause), and none is installed to be started.", retry: true)
        }
    }

    /// What says that somebody listens who is no Ollama; nil: nobody does, as far as can be seen.
    private static func foreignSign(in error: HTTPError, isHere: Bool) -> String? {
        switch error.code {
        case .protocolViolation, .connectionLost: "it does not speak HTTP"
        case .tooLarge: "its answer is larger than an Ollama's"
        case .timedOut where isHere: "it accepts connections and does not answer"
        default: nil
        }
    }

    private func taken(_ host: OllamaHost, _ reason: String) -> Place {
        let cause =
            "Port \(host.port) at \(host.host) is taken by another program: \(reason). End it, or set OLLAMA_HOST "
            + "to another port."
        return .impossible(cause: cause, retry: true)
    }

    private func freePort() -> Place {
        guard let port = LoopbackPort.free() else {
            return .impossible(cause: "No free port on the loopback interface.", retry: true)
        }
        return .free(port: port, url: "http://127.0.0.1:\(port)")
    }

    /// The address of a command is the user's to say: by a URL, by `--port`, or with `{port}` for one of our choice.
    private func placeForOpenAI(_ prepared: Prepared) -> Place {
        let url = configuration.url.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        guard prepared.choice.program != nil else {
            return url.map { .running(url: $0) } ?? .impossible(cause: "No URL.", retry: false)
        }
        if let url { return .free(port: 0, url: url) }
        let arguments = configuration.arguments
        if arguments.contains(where: { $0.contains("{port}") }) { return freePort() }
        if let flag = arguments.firstIndex(of: "--port"), flag + 1 < arguments.count,
            let port = UInt16(arguments[flag + 1])
        {
            return .free(port: port, url: "http://127.0.0.1:\(port)")
        }
        let cause =
            "Where the engine listens is not known: give it `--port {port}` in KINDLING_ENGINE_ARGUMENTS, or set "
            + "KINDLING_ENGINE_URL."
        return .impossible(cause: cause, retry: false)
    }
}
