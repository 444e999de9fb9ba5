@testable import Attachments
@testable import HTTPTransport

/// A URL in a job means the same to the code that checks it as to the code that connects.
enum SourceURLTarget: FuzzTarget {
    static let name = "source-url"

    static func run(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        if let url = try? SourceURL(text) { try check(url) }
        let base = try SourceURL("https://pictures.test/a/b?c=d")
        if let next = try? base.resolving(text) {
            try check(next)
            if !text.urlInASCII.contains("//") {
                promise(next.authority == base.authority, "a path leads nowhere else: \(next.text)")
            }
        }
        if let format = ImageFormat(of: input) {
            promise(input.count >= 3 && !format.mediaType.isEmpty, "a picture has a beginning")
        }
    }

    private static func check(_ url: SourceURL) throws {
        let again = try SourceURL(url.text)
        promise(again == url, "\(url.text) is what it was")
        var request = HTTPRequest(url.text)
        request.addresses = .publicOnly
        let origin = try request.checked()
        promise(origin.authority == url.authority, "\(url.text) goes to \(origin.authority), not \(url.authority)")
    }
}
