/// What the engine need not know: it is somebody else's program, and runs whatever a model's file makes it run.
enum EngineSecrets {
    private static let names: Set<String> = [
        "RUNPOD_AI_API_KEY", "RUNPOD_API_KEY", "KINDLING_API_KEY", "KINDLING_API_KEY_FILE", "BUCKET_ACCESS_KEY_ID",
        "BUCKET_SECRET_ACCESS_KEY", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    ]

    /// The environment without the worker's own keys. `HF_TOKEN` stays: vLLM fetches models with it.
    static func removed(from environment: [String: String]) -> [String: String] {
        environment.filter { !names.contains($0.key) }
    }
}
