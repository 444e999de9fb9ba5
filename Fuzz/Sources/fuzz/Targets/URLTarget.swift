@testable import HTTPTransport
@testable import ModelFetch

/// An address means the same to the code that decides who may see a secret as to the code that connects.
enum URLTarget: FuzzTarget {
    static let name = "web-address"

    private static let base = WebAddress(isSecure: true, authority: "registry.test", target: "/v2/a/b?c=d")

    static func run(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        if let address = WebAddress(text) { try check(address) }
        guard let next = base.resolving(text) else { return }
        try check(next)
        if !text.urlInASCII.contains("//") {
            promise(next.authority == base.authority, "a path leads nowhere else: \(next.url)")
        }
    }

    static func check(_ address: WebAddress) throws {
        promise(WebAddress(address.url) == address, "\(address.url) is what it was")
        let origin = try HTTPRequest(address.url).checked()
        promise(origin.authority == address.authority, "\(address.url) goes to \(origin.authority)")
        promise(origin.isSecure == address.isSecure, "\(address.url) keeps its TLS")
        promise(!address.description.utf8.contains(UInt8(ascii: "?")), "a query is never shown: \(address)")
    }
}
