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

/// A room of the house: `Docs/Architecture.md` says in one sentence what each is for.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name)] + dependencies,
        path: "Tests/\(name)Tests",
        resources: resources,
        swiftSettings: settings
    )
}

let package = Package(
    name: "kindling",
    targets: [
        room("Support"),
        room("JSON"),
        room("Jobs", ["JSON", "Support"]),
        tests(of: "Support"),
        tests(of: "JSON"),
        tests(of: "Jobs"),
    ]
)
