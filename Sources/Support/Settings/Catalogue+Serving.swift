// How the worker presents itself over HTTP.
extension Catalogue {
    /// Whose HTTP contract is kept.
    public static let platform = Setting.choice(
        "platform",
        "Whose HTTP contract serve keeps: ports, health routes, keys. auto: by the variables that the platform sets.",
        group: .server,
        default: PlatformChoice.auto
    )
    /// Requests that may wait for a slot.
    public static let queueLength = Setting.integer(
        "queue-length",
        "Requests over HTTP that may wait for a slot; further ones are answered 429 with Retry-After.",
        group: .server,
        in: 0...100_000,
        default: 64,
        aliases: ["OLLAMA_MAX_QUEUE"]
    )
    /// Further names of the worker's own model.
    public static let servedName = Setting.text(
        "served-name",
        "Further names under which clients may call the model of requests that name none.",
        group: .server,
        takes: "names separated by blanks or commas",
        shown: "none",
        aliases: ["OPENAI_SERVED_MODEL_NAME_OVERRIDE"]
    )
    /// A port for health and figures only.
    public static let statusPort = Setting.integer(
        "status-port",
        "A port of its own for /ping, /health and /metrics, for a queue worker, too; 0: none.",
        group: .server,
        in: 0...65_535,
        default: 0
    )
    /// Whether figures are for everybody.
    public static let openMetrics = Setting.toggle(
        "open-metrics",
        "/metrics asks for no key, for a Prometheus on the same private network.",
        group: .server
    )
}
