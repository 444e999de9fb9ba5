/// Which proxy a request takes, from the environment that the configuration hands in.
///
/// libcurl would read the process's own environment, but not the upper-case `HTTP_PROXY` that most tools honour (it may
/// come from a header `Proxy:` in a CGI script, which a worker is not). Decided here, all of it, and told to libcurl.
struct ProxyRules: Equatable, Sendable {
    private var plain: String?
    private var secure: String?
    /// Hosts that are reached directly, in libcurl's notation (`NO_PROXY`).
    private(set) var exceptions: String

    init(environment: [String: String]) {
        func first(_ names: String...) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        plain = first("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
        secure = first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        exceptions = first("no_proxy", "NO_PROXY") ?? ""
    }

    /// The names that are read.
    static let variables = [
        "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    ]

    /// The proxy's URL; `nil`: none.
    func proxy(for origin: Origin) -> String? {
        origin.isSecure ? secure : plain
    }
}
