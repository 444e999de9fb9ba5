// swift-tools-version: 6.2
import PackageDescription

// A package of its own: the rooms are the worker's, by a link, but all that is compiled here carries libFuzzer's counters
// and the address sanitizer, and `@testable` opens the parsers that a room keeps to itself.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
let instrumented = settings + [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

/// One of the worker's rooms.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Rooms/\(name)", swiftSettings: instrumented)
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2")],
    targets: [
        .systemLibrary(name: "CCurl", path: "Rooms/CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CZlib", path: "Rooms/CZlib", pkgConfig: "zlib"),
        room("Support"),
        room("JSON"),
        room("Compression", ["CZlib"]),
        room("HTTPTransport", ["CCurl", "Support"]),
        room("Jobs", ["JSON", "Support"]),
        room("Generation", ["Jobs", "JSON"]),
        room("Attachments", ["HTTPTransport", "Support"]),
        room("Delivery", ["Compression", "HTTPTransport", "JSON", "Jobs", "Support", crypto]),
        room("ModelStore", ["JSON", "Support", crypto]),
        room("ModelFetch", ["HTTPTransport", "JSON", "ModelStore", "Support", crypto]),
        room("RunPod", ["HTTPTransport", "JSON", "Jobs"]),
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Attachments", "CFuzzer", "Delivery", "Generation", "HTTPTransport", "JSON", "Jobs", "ModelFetch",
                "ModelStore", "RunPod",
            ],
            // Without counters: the way through what checks a promise teaches libFuzzer nothing.
            swiftSettings: settings + [.unsafeFlags(["-sanitize=address"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]
        ),
    ]
)
