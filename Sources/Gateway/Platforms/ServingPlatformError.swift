/// Why a platform's variables cannot be followed.
public struct ServingPlatformError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The variable or setting that is wrong.
    public let variable: String
    /// Cause and remedy.
    public let description: String

    static func notAPort(_ variable: String, _ value: String) -> Self {
        Self(variable: variable, description: "\(variable) is \"\(value)\"; it must be a port from 1 to 65535.")
    }

    static func notAPath(_ variable: String, _ value: String) -> Self {
        Self(
            variable: variable,
            description: "\(variable) is \"\(value)\"; it must be a path that begins with \"/\", such as /ping."
        )
    }

    static func sameRoute(_ variable: String, _ other: String, _ value: String) -> Self {
        Self(
            variable: variable,
            description: "\(variable) and \(other) are both \"\(value)\"; health and predictions need a path each."
        )
    }

    static func unknownName(_ name: String) -> Self {
        let names = ["auto"] + ServingPlatform.Name.allCases.map(\.rawValue)
        return Self(
            variable: "KINDLING_PLATFORM",
            description: "KINDLING_PLATFORM is \"\(name)\"; it must be one of \(names.joined(separator: ", "))."
        )
    }
}
