/// Where Ollama listens, read from `OLLAMA_HOST` as Ollama reads it: `host`, `:port`, `host:port` or a URL.
struct OllamaHost: Sendable, Hashable {
    /// Without brackets.
    var host = "127.0.0.1"
    var port: UInt16 = 11434
    var scheme = "http"
    var path = ""

    /// - Parameter text: the variable; nil or empty: Ollama's default
    init(_ text: String?) {
        var rest = Substring(text ?? "")
        while let first = rest.first, " \"'\t".contains(first) { rest = rest.dropFirst() }
        while let last = rest.last, " \"'\t".contains(last) { rest = rest.dropLast() }
        if let range = rest.firstRange(of: "://") {
            scheme = String(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
            port = scheme == "https" ? 443 : 80
        }
        if let slash = rest.firstIndex(of: "/") {
            path = String(rest[slash...])
            if path == "/" { path = "" }
            rest = rest[..<slash]
        }
        if rest.hasPrefix("["), let bracket = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<bracket])
            rest = rest[rest.index(after: bracket)...]
        } else if let colon = rest.lastIndex(of: ":") {
            if colon > rest.startIndex { host = String(rest[..<colon]) }
            rest = rest[colon...]
        } else if !rest.isEmpty {
            host = String(rest)
            rest = ""
        }
        // Like Ollama itself: a port that is none falls back to the default.
        if rest.hasPrefix(":") { port = UInt16(rest.dropFirst()) ?? 11434 }
        // Images set 0.0.0.0, which is an address to listen on, not one to connect to.
        if host == "0.0.0.0" || host == "::" { host = "127.0.0.1" }
    }

    /// Where a running Ollama would answer.
    var url: String {
        "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
    }

    /// Whether it is this machine, where a connection that comes about has somebody behind it.
    var isLocal: Bool { host == "127.0.0.1" || host == "localhost" || host == "::1" }

    /// Where our own is started: never anywhere but on loopback.
    var ownURL: String { "http://127.0.0.1:\(port)" }
}

/// The address of the Ollama that an environment names, for those who only want to talk to it.
public struct OllamaAddress: Sendable, Hashable {
    /// `http://host:port`, without a slash at its end.
    public let url: String

    /// Reads `OLLAMA_HOST`; without it Ollama's default.
    public init(_ environment: [String: String]) {
        url = OllamaHost(environment["OLLAMA_HOST"]).url
    }
}
