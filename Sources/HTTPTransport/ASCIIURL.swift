extension StringProtocol {
    /// A URL's text with its bytes beyond ASCII percent-encoded, as browsers send them. For all that takes a URL apart.
    ///
    /// A slash with an accent on it is one character to Swift, and not a slash; to the transport its first byte ends the
    /// host. Whoever looks at characters would take `http://good/\u{301}.evil` for another host than the one connected to.
    public var urlInASCII: String {
        utf8.reduce(into: "") { encoded, byte in
            encoded += byte < 0x80 ? String(Unicode.Scalar(byte)) : "%\(String(byte, radix: 16, uppercase: true))"
        }
    }
}
