import RunPod
import Support

/// What the platform puts into the environment of a queue worker.
struct Platform {
    let endpoints: Endpoints
    let credential: String?
    let heartbeatInterval: Duration
    /// Whether the queue is one of our own on this machine.
    let isLocal: Bool

    /// True where somebody pays for the worker's seconds.
    static func isPresent(in environment: [String: String]) -> Bool {
        environment["RUNPOD_ENDPOINT_ID"]?.isEmpty == false
    }

    /// Nil when no queue is named: `RUNPOD_WEBHOOK_GET_JOB` is what makes a process a queue worker.
    init?(environment: [String: String]) throws(SettingsError) {
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let take = variable("RUNPOD_WEBHOOK_GET_JOB") else { return nil }
        guard let result = variable("RUNPOD_WEBHOOK_POST_OUTPUT") else {
            throw SettingsError(
                "RUNPOD_WEBHOOK_GET_JOB is set, but RUNPOD_WEBHOOK_POST_OUTPUT is not; results need a URL"
            )
        }
        for (name, url) in [("RUNPOD_WEBHOOK_GET_JOB", take), ("RUNPOD_WEBHOOK_POST_OUTPUT", result)]
        where !url.hasPrefix("http://") && !url.hasPrefix("https://") {
            // Not shown: where it is wrong, it may be a key that was put into the wrong variable.
            throw SettingsError("\(name) takes a URL that begins with http:// or https://")
        }
        isLocal = false
        credential = variable("RUNPOD_AI_API_KEY")
        // As with the official worker: a beat that names nobody, or that nobody lets in, is not sent.
        let isKnown = credential != nil && variable("RUNPOD_POD_ID") != nil
        endpoints = Endpoints(
            take: take,
            result: result,
            stream: variable("RUNPOD_WEBHOOK_POST_STREAM"),
            ping: isKnown ? variable("RUNPOD_WEBHOOK_PING") : nil,
            workerID: variable("RUNPOD_POD_ID") ?? SmallFile.uuid()
        )
        heartbeatInterval = try Self.interval(variable("RUNPOD_PING_INTERVAL"))
    }

    /// A worker of the local queue at this address; the very same protocol.
    init(localQueueAt base: String, credential: String?) {
        isLocal = true
        self.credential = credential
        endpoints = Endpoints(
            take: "\(base)/v2/local/job-take/$ID",
            result: "\(base)/v2/local/job-done/$RUNPOD_POD_ID/$ID",
            stream: "\(base)/v2/local/job-stream/$RUNPOD_POD_ID/$ID",
            ping: "\(base)/v2/local/ping/$RUNPOD_POD_ID",
            workerID: "local-\(SmallFile.uuid().prefix(8))"
        )
        heartbeatInterval = .seconds(10)
    }

    private static func interval(_ text: String?) throws(SettingsError) -> Duration {
        guard let text else { return .seconds(10) }
        guard let milliseconds = Int(text), (100...3_600_000).contains(milliseconds) else {
            throw SettingsError("RUNPOD_PING_INTERVAL is \"\(text)\", but it takes milliseconds, 100 to 3600000")
        }
        return .milliseconds(milliseconds)
    }
}
