extension HTTPRequest {
    /// Refuses what would go out as something else than it says: split heads, smuggled bodies, other protocols.
    ///
    /// libcurl writes header lines as it gets them, so a line break in a value would be a second header.
    func checked() throws(HTTPError) -> Origin {
        guard Self.isToken(method) else {
            throw HTTPError(
                .invalidRequest,
                "the request's method is not a word of letters and the like: nothing was sent"
            )
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw HTTPError(.invalidRequest, "the URL holds a space or a control character; percent-encode it")
        }
        guard let origin = Origin(of: url) else {
            throw HTTPError(.invalidRequest, "the URL is not of the form http://host/path or https://host/path")
        }
        guard !addresses.isGuarding || !origin.hasCredentials else {
            throw HTTPError(
                .invalidRequest,
                "the URL for \(origin) holds credentials; leave out what stands before the @"
            )
        }
        for header in headers { try Self.check(header) }
        if method == "HEAD", body?.isEmpty == false {
            throw HTTPError(.invalidRequest, "a HEAD request to \(origin) cannot have a body; use GET or POST")
        }
        return origin
    }

    private static func check(_ header: (name: String, value: String)) throws(HTTPError) {
        guard isToken(header.name) else {
            throw HTTPError(.invalidRequest, "a header's name is empty or holds a character that names cannot have")
        }
        // Tabs are allowed in values; every other control character is a line break to somebody.
        guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw HTTPError(.invalidRequest, "the value of the header \(header.name) holds a control character")
        }
        for owned in ["Content-Length", "Transfer-Encoding"] where HTTPHeaders.isSame(header.name, owned) {
            throw HTTPError(.invalidRequest, "\(owned) is set from the body; leave it out of the headers")
        }
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
