import ArgumentParser

/// `kindling serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "The model behind an HTTP port: OpenAI's and Ollama's routes, the platforms' own, and a local queue.",
        discussion: """
            OpenAI: /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/responses, /v1/models. Ollama: /api/generate, \
            /api/chat, /api/embed, /api/tags, /api/show, /api/ps, /api/version. Jobs: POST /run, /runsync, /cancel/ID, \
            /retry/ID, /purge-queue; GET /status/ID, /stream/ID, /health, /metrics. Workers: the platform's own protocol \
            below /v2/local/, which the worker inside speaks, too. All share its slots.

            On RunPod's load balancing, SageMaker, Vertex AI, KServe and Cloud Run it keeps their contracts instead, by the \
            variables that they set (--platform).
            """
    )

    @Flag(name: .customLong("no-worker"), help: "Only the queue; attach workers of your own.") var noWorker = false
    @OptionGroup(title: "Settings") var flags: SettingFlags

    func run() async throws {
        let host = try Host(flags)
        let place = try ServingPlace(host)
        guard !noWorker || place.isLocal else {
            throw ValidationError(
                "--no-worker is for the local queue, but this is \(place.name), since \(place.reason)"
            )
        }
        try await Server(host: host, place: place, hasWorker: !noWorker).run()
    }
}
