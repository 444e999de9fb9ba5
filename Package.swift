// swift-tools-version: 6.2
import PackageDescription

// CI sets this: a warning there is an error, a warning on your desk is a hint.
let strict: [SwiftSetting] = Context.environment["WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : []

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + strict

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// A room of the house: `Docs/Architecture.md` says in one sentence what each is for.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// What a room promises, in `Tests/<room>Tests`.
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name)] + dependencies,
        swiftSettings: settings
    )
}

let package = Package(
    name: "kindling",
    products: [.executable(name: "kindling", targets: ["kindling"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CPosix"),

        // From the ground up: a room imports only rooms above it.
        room("Support"),
        room("JSON"),
        room("Compression", ["CZlib"]),
        room("HTTPTransport", ["CCurl", "Support"]),
        room("Processes", ["CPosix", "Support"]),
        room("Jobs", ["JSON", "Support"]),
        room("Generation", ["Jobs", "JSON"]),
        room("ColdStart", ["Compression", "JSON", "Support", crypto]),
        room("Machine", ["Processes", "Support"]),
        room("ModelStore", ["JSON", "Support", crypto]),
        room("ModelFetch", ["HTTPTransport", "JSON", "ModelStore", "Support", crypto]),
        room("Prefetch", ["CPosix", "Machine", "Support"]),
        room(
            "Engines",
            [
                "ColdStart", "Generation", "HTTPTransport", "JSON", "Jobs", "Machine", "ModelStore", "Prefetch",
                "Processes", "Support", logging,
            ]
        ),
        room(
            "Doctor",
            ["HTTPTransport", "JSON", "Machine", "ModelStore", "Prefetch", "Processes", "Support"]
        ),
        room("Attachments", ["HTTPTransport", "Support"]),
        room("Delivery", ["Compression", "HTTPTransport", "JSON", "Jobs", "Support", crypto]),
        room("RunPod", ["HTTPTransport", "JSON", "Jobs"]),
        room("LocalQueue", ["JSON", "Jobs", "Support"]),
        room("Telemetry", ["ColdStart", "HTTPTransport", "JSON", "Support", logging, metrics]),
        room("Worker", ["ColdStart", "Delivery", "Generation", "JSON", "Jobs", "Support", logging]),
        room("Gateway", ["JSON", "Jobs", "LocalQueue", "Support", crypto, hummingbird, lifecycle, logging]),
        .executableTarget(
            name: "kindling",
            dependencies: [
                "Attachments", "ColdStart", "Delivery", "Doctor", "Engines", "Gateway", "Generation", "HTTPTransport",
                "JSON", "Jobs", "Machine", "ModelFetch", "ModelStore", "Prefetch", "Processes", "RunPod", "Support",
                "Telemetry", "Worker", argumentParser, lifecycle, logging, signals,
            ],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-Xlinker", "-s"], .when(configuration: .release))]
        ),

        // Measures the official SDK and this worker beside each other; see Benchmarks/run.
        .executableTarget(
            name: "benchmark",
            dependencies: ["JSON", "Support", "TestSupport", argumentParser],
            path: "Benchmarks/Sources",
            swiftSettings: settings
        ),
        .testTarget(
            name: "BenchmarkTests",
            dependencies: ["benchmark"],
            path: "Benchmarks/Tests",
            swiftSettings: settings
        ),

        // For tests and benchmarks only.
        .target(
            name: "TestSupport",
            dependencies: ["JSON", "Support"],
            path: "Tests/TestSupport",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "fake-ollama",
            dependencies: ["JSON", "Support", "TestSupport"],
            path: "Tests/Fixtures/fake-ollama",
            swiftSettings: settings
        ),
        // Writes to an outbox until it is killed.
        .executableTarget(
            name: "outbox-worker",
            dependencies: ["Delivery", "Jobs", "Support"],
            path: "Tests/Fixtures/outbox-worker",
            swiftSettings: settings
        ),
        tests(of: "Support"),
        tests(of: "JSON"),
        tests(of: "TestSupport", ["Support"]),
        tests(of: "HTTPTransport", ["Support", "TestSupport"]),
        tests(of: "Processes", ["CPosix", "Support", "TestSupport"]),
        tests(of: "Jobs", ["JSON", "Support"]),
        tests(of: "Generation", ["JSON", "Jobs"]),
        tests(of: "ColdStart", ["Compression", "JSON", "Support", "TestSupport"]),
        tests(of: "Machine", ["Support", "TestSupport"]),
        tests(of: "ModelStore", ["JSON", "Support", "TestSupport"]),
        tests(of: "ModelFetch", ["HTTPTransport", "JSON", "ModelStore", "Support", "TestSupport", crypto]),
        tests(of: "Prefetch", ["Machine", "Support", "TestSupport"]),
        tests(
            of: "Engines",
            ["ColdStart", "HTTPTransport", "JSON", "Jobs", "Support", "TestSupport", "fake-ollama", logging]
        ),
        tests(of: "Doctor", ["JSON", "Machine", "ModelStore", "Prefetch", "Support", "TestSupport"]),
        tests(of: "RunPod", ["HTTPTransport", "JSON", "Jobs", "TestSupport"]),
        tests(of: "LocalQueue", ["JSON"]),
        tests(of: "Telemetry", ["ColdStart", "HTTPTransport", "JSON", "Support", "TestSupport", logging, metrics]),
        tests(of: "Attachments", ["HTTPTransport", "Support", "TestSupport"]),
        tests(
            of: "Delivery",
            ["Compression", "HTTPTransport", "JSON", "Jobs", "Support", "TestSupport", "outbox-worker", crypto]
        ),
        tests(
            of: "Worker",
            ["ColdStart", "Delivery", "Generation", "HTTPTransport", "JSON", "Jobs", "Support", "TestSupport", logging]
        ),
        tests(
            of: "Gateway",
            ["HTTPTransport", "JSON", "Jobs", "LocalQueue", "Support", "TestSupport", crypto, lifecycle, logging]
        ),
        .testTarget(
            name: "FakeOllamaTests",
            dependencies: ["JSON", "TestSupport", "fake-ollama"],
            swiftSettings: settings
        ),
        // The faults of the queue and the network, and what becomes of results then.
        .testTarget(
            name: "FaultTests",
            dependencies: ["JSON", "Support", "TestSupport", "fake-ollama", "kindling"],
            swiftSettings: settings
        ),
        // See scripts/soak.
        .executableTarget(
            name: "soak",
            dependencies: ["JSON", "Support", "TestSupport", argumentParser],
            path: "Tests/Soak",
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["JSON", "Support", "TestSupport", "fake-ollama", "kindling"],
            swiftSettings: settings
        ),
    ]
)
