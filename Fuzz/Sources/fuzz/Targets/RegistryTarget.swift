@testable import ModelFetch

/// What a registry writes into the heads of its answers, and what its token server gives.
enum RegistryTarget: FuzzTarget {
    static let name = "registry-answers"

    static func run(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        if let challenge = BearerChallenge(text) {
            try URLTarget.check(challenge.realm)
            try URLTarget.check(challenge.tokenAddress)
            promise(challenge.tokenAddress.authority == challenge.realm.authority, "tokens come from the realm")
        }
        if let range = ContentRange(text) {
            promise(range.bytes.lowerBound >= 0 && !range.bytes.isEmpty, "a range has bytes: \(range)")
            promise(range.total.map { range.bytes.upperBound <= $0 } ?? true, "a range lies within its whole: \(range)")
            let total = range.total.map(String.init) ?? "*"
            let written = "bytes \(range.bytes.lowerBound)-\(range.bytes.upperBound - 1)/\(total)"
            promise(ContentRange(written) == range, "\(written) comes back")
        }
        if let token = TokenAnswer.token(in: input) {
            promise(token.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a token fits into a header")
        }
        if let token = AccessToken(huggingFace: text) {
            promise(!"\(token)\(String(reflecting: token))".contains("Bearer"), "a token is never shown")
        }
    }
}
