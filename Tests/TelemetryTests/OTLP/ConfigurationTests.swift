import Testing

@testable import Telemetry

@Suite("OpenTelemetry's variables")
struct ConfigurationTests {
    @Test(
        "the common endpoint gets a path for each kind, one of its own is taken as it is",
        arguments: [
            ([:], nil, nil),
            (["ENDPOINT": "http://c:4318"], "http://c:4318/v1/traces", "http://c:4318/v1/metrics"),
            (["ENDPOINT": "https://c/base/"], "https://c/base/v1/traces", "https://c/base/v1/metrics"),
            (["ENDPOINT": "http://c", "TRACES_ENDPOINT": "http://t/x"], "http://t/x", "http://c/v1/metrics"),
            (["METRICS_ENDPOINT": "http://m"], nil, "http://m"),
            (["ENDPOINT": ""], nil, nil),
        ] as [([String: String], String?, String?)]
    )
    func endpoints(variables: [String: String], traces: String?, metrics: String?) {
        let configuration = OTLPConfiguration(otlp: variables)
        #expect(configuration.traces?.url == traces)
        #expect(configuration.metrics?.url == metrics)
        #expect(configuration.warnings.isEmpty)
    }

    @Test(
        "what is switched off stays off",
        arguments: [
            ("OTEL_SDK_DISABLED", "TRUE", false, false), ("OTEL_SDK_DISABLED", "1", true, true),
            ("OTEL_TRACES_EXPORTER", "none", false, true), ("OTEL_METRICS_EXPORTER", "none", true, false),
            ("OTEL_TRACES_EXPORTER", "otlp", true, true),
        ]
    )
    func switches(name: String, value: String, traces: Bool, metrics: Bool) {
        let configuration = OTLPConfiguration(environment: [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", name: value,
        ])
        #expect((configuration.traces != nil) == traces)
        #expect((configuration.metrics != nil) == metrics)
    }

    @Test("headers and resource are decoded, and one's own headers replace the common ones")
    func pairs() {
        let configuration = OTLPConfiguration(
            environment: [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c",
                "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20a%3Db, X-Scope = 1",
                "OTEL_EXPORTER_OTLP_METRICS_HEADERS": "api-key=k",
                "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,region=eu%2Cwest,100%=a%zz",
                "OTEL_SERVICE_NAME": "flex",
            ]
        )
        #expect(configuration.traces?.headers.map { "\($0)|\($1)" } == ["Authorization|Bearer a=b", "X-Scope|1"])
        #expect(configuration.metrics?.headers.map { "\($0)|\($1)" } == ["api-key|k"])
        #expect(configuration.resource.map { "\($0)|\($1)" } == ["service.name|flex", "region|eu,west", "100%|a%zz"])
        #expect(configuration.warnings.isEmpty)
    }

    @Test("a service without a name is named after the program")
    func serviceName() {
        #expect(OTLPConfiguration(otlp: ["ENDPOINT": "http://c"]).resource.map(\.value) == ["kindling"])
        let named = OTLPConfiguration(environment: [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_RESOURCE_ATTRIBUTES": "service.name=mine",
        ])
        #expect(named.resource.map(\.value) == ["mine"])
    }

    @Test(
        "what cannot be followed is said, and costs no more than itself",
        arguments: [
            (["PROTOCOL": "grpc"], "OTEL_EXPORTER_OTLP_PROTOCOL is grpc"),
            (["METRICS_PROTOCOL": "http/protobuf"], "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"),
            (["TIMEOUT": "soon"], "OTEL_EXPORTER_OTLP_TIMEOUT"), (["TIMEOUT": "0"], "milliseconds"),
            (["HEADERS": "a=1,secret,b=2"], "entry 2 of OTEL_EXPORTER_OTLP_HEADERS"),
            (["HEADERS": "a=secret%0Ab"], "cannot be sent"), (["HEADERS": "a b=secret"], "cannot be sent"),
            (["HEADERS": "a=secret%ff"], "entry 1"),
        ] as [([String: String], String)]
    )
    func warnings(variables: [String: String], word: String) {
        var variables = variables
        variables["ENDPOINT"] = "http://c:4317"
        let configuration = OTLPConfiguration(otlp: variables)
        #expect(configuration.warnings.count == 1)
        #expect(configuration.warnings.first?.contains(word) == true, "\(configuration.warnings)")
        #expect(configuration.warnings.first?.contains("secret") == false)
        #expect(configuration.traces != nil && configuration.traces?.timeout == .seconds(10))
    }

    @Test(
        "an endpoint that is no URL is named by its variable, not repeated",
        arguments: ["c:4318", "ftp://c", "http://", "http:// c"]
    )
    func badEndpoint(endpoint: String) {
        let configuration = OTLPConfiguration(otlp: ["TRACES_ENDPOINT": endpoint])
        #expect(configuration.traces == nil)
        #expect(configuration.warnings.first?.contains("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == true)
    }

    @Test("times are milliseconds")
    func times() {
        let configuration = OTLPConfiguration(environment: [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_TIMEOUT": "3000",
            "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT": "500", "OTEL_METRIC_EXPORT_INTERVAL": "5000",
        ])
        #expect(configuration.traces?.timeout == .seconds(3))
        #expect(configuration.metrics?.timeout == .milliseconds(500))
        #expect(configuration.metricsInterval == .seconds(5))
    }

    @Test(
        "a collector on this machine is known as one",
        arguments: [
            ("http://localhost:4318/v1/traces", true), ("http://127.0.0.1/x", true), ("http://127.1.2.3:1", true),
            ("http://u:p@[::1]:4318", true), ("HTTP://LocalHost", true),
            ("http://localhost.example:1", false), ("http://127.0.0.1.example", false), ("http://c/localhost", false),
            ("https://otel.example", false),
        ]
    )
    func loopback(url: String, isLoopback: Bool) {
        #expect(OTLPText.isLoopback(url) == isLoopback)
    }

    @Test(
        "a URL is shown without what may be secret in it",
        arguments: [
            ("https://user:pass@c:1/v1/traces?token=t#x", "https://c:1/v1/traces"), ("HTTP://c", "http://c"),
            ("https://c?key=k", "https://c"), ("https://a@b@c/x@y", "https://c/x@y"),
        ]
    )
    func shown(url: String, text: String) {
        #expect(OTLPText.withoutSecrets(url) == text)
    }
}

extension OTLPConfiguration {
    /// - Parameter variables: without `OTEL_EXPORTER_OTLP_`
    init(otlp variables: [String: String]) {
        self.init(
            environment: Dictionary(
                uniqueKeysWithValues: variables.map { ("OTEL_EXPORTER_OTLP_\($0.key)", $0.value) }
            )
        )
    }
}
