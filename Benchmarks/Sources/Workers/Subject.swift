/// The two that are compared.
enum Subject: String, Sendable, CaseIterable {
    case sdk = "SDK"
    case kindling = "Kindling"
}

/// The handler that the SDK needs. Ours takes both kinds of job as it is.
enum Handler: String, Sendable {
    /// A plain one: the whole answer at once.
    case plain = "handler.py"
    /// A generator. The SDK cannot stream some jobs and not others: such a worker streams them all.
    case streaming = "streaming_handler.py"
}

/// Where the programs lie.
struct Installation: Sendable {
    /// The Python of an environment with the SDK.
    let python: String
    /// The folder of the SDK's handlers.
    let handlers: String
    /// Our program, stripped.
    let kindling: String

    /// How a worker is started against a queue and an engine.
    func program(
        _ subject: Subject,
        handler: Handler,
        slots: Int,
        queue: String,
        engine: String
    ) -> Program {
        switch subject {
        case .sdk:
            let own = [
                "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true", "RUNPOD_SKIP_GPU_CHECK": "true", "RUNPOD_LOG_LEVEL": "INFO",
                "OLLAMA_URL": "http://\(engine)", "MODEL": StubEngine.model, "SLOTS": "\(slots)",
            ]
            let arguments = ["\(handlers)/\(handler.rawValue)"]
            return Program(path: python, arguments: arguments, environment: environment(queue, own))
        case .kindling:
            let own = [
                "KINDLING_ENGINE": "ollama", "OLLAMA_HOST": engine, "KINDLING_MODEL": StubEngine.model,
                "KINDLING_START": "lazy", "KINDLING_CONCURRENCY": "\(slots)", "KINDLING_LOG_LEVEL": "info",
            ]
            return Program(path: kindling, arguments: ["worker"], environment: environment(queue, own))
        }
    }

    /// What the platform gives to a worker.
    private func environment(_ queue: String, _ own: [String: String]) -> [String: String] {
        let base = "\(queue)/v2/benchmark"
        let platform = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8",
            "RUNPOD_WEBHOOK_GET_JOB": "\(base)/job-take/$ID?gpu=none",
            "RUNPOD_WEBHOOK_POST_OUTPUT": "\(base)/job-done/$RUNPOD_POD_ID/$ID?gpu=none",
            "RUNPOD_WEBHOOK_POST_STREAM": "\(base)/job-stream/$RUNPOD_POD_ID/$ID?gpu=none",
            "RUNPOD_WEBHOOK_PING": "\(base)/ping/$RUNPOD_POD_ID",
            "RUNPOD_AI_API_KEY": "key", "RUNPOD_POD_ID": "worker",
        ]
        return platform.merging(own) { _, own in own }
    }
}
