import HTTPTypes
import LocalQueue

/// Decides who is let in.
struct Admission: Sendable {
    private let key: [UInt8]?
    private let isOpenOnLoopback: Bool

    init(_ configuration: Gateway.Configuration) {
        key = configuration.apiKey.map { Array($0.utf8) }
        isOpenOnLoopback = configuration.apiKey == nil && LoopbackAddress.isOne(configuration.host)
    }

    /// - Throws: ``Refusal`` with 401 or 403
    func check(_ route: Route, _ request: HTTPRequest) throws(Refusal) {
        try checkOrigin(request)
        guard route.needsKey, let key else { return }
        guard let given = request.headerFields[.authorization] else {
            throw Refusal(
                401,
                "This queue has a key. Send it in the header \"Authorization: Bearer KEY\" (or the key alone)."
            )
        }
        guard Self.isEqual(Array(Self.key(in: given).utf8), key) else {
            throw Refusal(401, "The key in the header \"Authorization\" is not this queue's (KINDLING_API_KEY).")
        }
    }

    /// A page from elsewhere must not use a visitor's browser as its way to a queue on his own machine: neither
    /// directly (`Origin`) nor under a name of its own that resolves to 127.0.0.1 (`Host`).
    private func checkOrigin(_ request: HTTPRequest) throws(Refusal) {
        let host = request.authority ?? ""
        if let origin = request.headerFields[.origin], !origin.hasSuffix("://" + host) {
            throw Refusal(403, "Requests from pages of other origins (here \(origin)) are not answered.")
        }
        if isOpenOnLoopback, !LoopbackAddress.isOne(Self.withoutPort(host)) {
            throw Refusal(
                403,
                "A queue without a key answers only to 127.0.0.1 and localhost, not to \(host). Set KINDLING_API_KEY."
            )
        }
    }

    private static func key(in header: String) -> Substring {
        let bearer = "bearer "
        return header.prefix(bearer.count).lowercased() == bearer ? header.dropFirst(bearer.count) : header[...]
    }

    /// Takes as long for a key that is wrong at its first byte as for one that is wrong at its last.
    static func isEqual(_ given: [UInt8], _ key: [UInt8]) -> Bool {
        var difference = UInt8(given.count == key.count ? 0 : 1)
        for index in key.indices {
            difference |= key[index] ^ (index < given.count ? given[index] : 0)
        }
        return difference == 0
    }

    private static func withoutPort(_ authority: String) -> String {
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return authority }
        return String(authority[..<colon])
    }
}
