/// Where OpenTelemetry data goes, as its standard variables say.
///
/// Nothing is sent unless an endpoint is named: the standard's default, port 4318 of this machine, would be knocked at in
/// vain by nearly every worker.
public struct OTLPConfiguration: Sendable {
    /// Where one kind of data goes.
    public struct Destination: Sendable {
        /// An absolute URL.
        public var url: String
        /// Often credentials: never to be logged.
        public var headers: [(name: String, value: String)] = []
        /// For one attempt.
        public var timeout: Duration = .seconds(10)

        /// The URL without what may be secret in it: for messages.
        var shown: String { OTLPText.withoutSecrets(url) }
    }

    /// Where traces go; nil: nowhere.
    public var traces: Destination?
    /// Where metrics go; nil: nowhere.
    public var metrics: Destination?
    /// How often metrics go besides after each start.
    public var metricsInterval = Duration.seconds(60)
    /// What all data says of its origin, `service.name` included.
    public var resource: [(name: String, value: String)] = [(name: "service.name", value: Self.serviceName)]
    /// What was set and cannot be followed, for the log.
    public private(set) var warnings: [String] = []

    static let serviceName = "kindling"

    /// Nothing goes anywhere.
    public init() {}

    /// Reads `OTEL_SDK_DISABLED`, `OTEL_EXPORTER_OTLP_…`, `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER`,
    /// `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`. What is malformed is passed over
    /// with a warning: a worker does not stay away because of its telemetry.
    public init(environment: [String: String]) {
        let variables = environment.filter { $0.key.hasPrefix("OTEL_") && !$0.value.isEmpty }
        guard variables["OTEL_SDK_DISABLED"]?.lowercased() != "true" else { return }
        traces = destination("TRACES", path: "v1/traces", variables)
        metrics = destination("METRICS", path: "v1/metrics", variables)
        guard traces != nil || metrics != nil else { return }
        warnAboutProtocol(variables)
        readResource(variables)
        if let interval = milliseconds("OTEL_METRIC_EXPORT_INTERVAL", variables) { metricsInterval = interval }
    }

    private mutating func destination(
        _ signal: String,
        path: String,
        _ variables: [String: String]
    ) -> Destination? {
        guard variables["OTEL_\(signal)_EXPORTER"]?.lowercased() != "none" else { return nil }
        let own = "OTEL_EXPORTER_OTLP_\(signal)_"
        let shared = "OTEL_EXPORTER_OTLP_"
        let url: String
        let name: String
        if let endpoint = variables[own + "ENDPOINT"] {
            // The standard takes this one as it is.
            (url, name) = (endpoint, own + "ENDPOINT")
        } else if let endpoint = variables[shared + "ENDPOINT"] {
            (url, name) = (endpoint + (endpoint.hasSuffix("/") ? "" : "/") + path, shared + "ENDPOINT")
        } else {
            return nil
        }
        guard OTLPText.isHTTP(url) else {
            warn("\(name) is no URL of the form http://host:port or https://host; nothing is sent there")
            return nil
        }
        var destination = Destination(url: url)
        let headers = [own + "HEADERS", shared + "HEADERS"].first { variables[$0] != nil }
        if let headers { destination.headers = pairs(headers, variables).filter { isHeader($0, headers) } }
        let timeout = milliseconds(own + "TIMEOUT", variables) ?? milliseconds(shared + "TIMEOUT", variables)
        if let timeout { destination.timeout = timeout }
        return destination
    }

    private mutating func readResource(_ variables: [String: String]) {
        var attributes = pairs("OTEL_RESOURCE_ATTRIBUTES", variables)
        if let name = variables["OTEL_SERVICE_NAME"] {
            attributes.removeAll { $0.name == "service.name" }
            attributes.insert((name: "service.name", value: name), at: 0)
        } else if !attributes.contains(where: { $0.name == "service.name" }) {
            attributes.insert((name: "service.name", value: Self.serviceName), at: 0)
        }
        resource = attributes
    }

    private mutating func warnAboutProtocol(_ variables: [String: String]) {
        for signal in ["", "TRACES_", "METRICS_"] {
            let name = "OTEL_EXPORTER_OTLP_\(signal)PROTOCOL"
            guard let value = variables[name], value != "http/json" else { continue }
            warn("\(name) is \(value), but only http/json is spoken here; give the collector's HTTP port, usually 4318")
        }
    }

    private mutating func milliseconds(_ name: String, _ variables: [String: String]) -> Duration? {
        guard let text = variables[name] else { return nil }
        guard let number = Int(text), (1...86_400_000).contains(number) else {
            warn("\(name) is not a number of milliseconds; the default is used")
            return nil
        }
        return .milliseconds(number)
    }

    /// `name=value,name=value`, percent-encoded. A pair that is none is named by its place only: it may be a secret.
    private mutating func pairs(_ name: String, _ variables: [String: String]) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for (index, item) in (variables[name] ?? "").split(separator: ",").enumerated() {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = parts.first.flatMap { OTLPText.percentDecoded($0) } ?? ""
            guard parts.count == 2, !key.isEmpty, let value = OTLPText.percentDecoded(parts[1]) else {
                warn("entry \(index + 1) of \(name) is not of the form name=value and is left out")
                continue
            }
            pairs.append((name: key, value: value))
        }
        return pairs
    }

    /// One header that cannot be sent would keep all data from going.
    private mutating func isHeader(_ header: (name: String, value: String), _ variable: String) -> Bool {
        if OTLPText.isToken(header.name), OTLPText.isFieldValue(header.value) { return true }
        warn("\(variable) holds a header that cannot be sent; it is left out")
        return false
    }

    private mutating func warn(_ text: String) {
        if !warnings.contains(text) { warnings.append(text) }
    }
}
