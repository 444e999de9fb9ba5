import CCurl

/// What does not change from request to request.
struct TransferSettings: Sendable {
    var userAgent: String
    var maximumHeadBytes: Int
    var trust: TrustStore
    var proxies: ProxyRules
}

extension EasyHandle {
    /// Bodies up to this size are handed to curl whole: it sends them in one piece with the head, and the copy costs less
    /// than a second system call and a second packet. Larger ones are read from the array as curl asks.
    static let largestCopiedBody = 64 * 1024

    /// Everything about the request but the callbacks.
    func configure(_ request: HTTPRequest, to origin: Origin, _ settings: TransferSettings) {
        set(CURLOPT_URL, request.url)
        set(CURLOPT_NOSIGNAL, true)
        set(CURLOPT_TCP_NODELAY, true)
        set(CURLOPT_TCP_KEEPALIVE, true)
        closeOnExec()
        allowOnlyHTTP()
        set(CURLOPT_HTTP_VERSION, request.isMultiplexed ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        // While the first connection to a host is being made, the others wait to see whether one is enough: 64 requests
        // to a cold host made 64 TLS connections without it, and make one over HTTP/2 with it.
        set(CURLOPT_PIPEWAIT, origin.isSecure && request.isMultiplexed)
        set(CURLOPT_FOLLOWLOCATION, request.followsRedirects)
        set(CURLOPT_MAXREDIRS, 10)
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_USERAGENT, settings.userAgent)
        // The answer of a proxy to CONNECT is not the server's.
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        // Without it, ending a request whose name is still being resolved blocks this thread, and with it every other
        // transfer, until the system's resolver returns.
        set(CURLOPT_QUICK_EXIT, true)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.curlMilliseconds)
        if let timeout = request.timeout { set(CURLOPT_TIMEOUT_MS, timeout.curlMilliseconds) }
        setTrust(settings.trust)
        setProxy(request.takesProxy ? settings.proxies.proxy(for: origin) : nil, except: settings.proxies.exceptions)
        setMethod(of: request)
        setHeaders(request.headerLines)
    }

    private func setTrust(_ trust: TrustStore) {
        guard trust != TrustStore() else { return }
        set(CURLOPT_CAINFO, trust.file)
        set(CURLOPT_CAPATH, trust.directory)
    }

    /// Always said, also "none": an unset option makes libcurl look into the environment itself.
    private func setProxy(_ proxy: String?, except exceptions: String) {
        set(CURLOPT_PROXY, proxy ?? "")
        set(CURLOPT_NOPROXY, proxy == nil ? "*" : exceptions)
    }

    private func setMethod(of request: HTTPRequest) {
        // A POST or PUT without a body says so by its length, as RFC 9110 asks; a GET without one says nothing.
        let body = request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil)
        if let body, request.method != "HEAD" {
            set(CURLOPT_POST, true)
            setSize(CURLOPT_POSTFIELDSIZE_LARGE, body.count)
            if body.count <= Self.largestCopiedBody { setBody(copying: body) }
        }
        switch request.method {
        case "HEAD": set(CURLOPT_NOBODY, true)
        case "GET" where body == nil, "POST": break
        default: set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }
}

extension HTTPRequest {
    /// A guarded request goes out directly: behind a proxy there is no telling where it ends.
    var takesProxy: Bool { usesProxy && !addresses.isGuarding }

    /// The lines in curl's notation: `Name;` for an empty value, `Name:` to keep curl from adding a header of its own.
    var headerLines: [String] {
        var lines = headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        let isTyped = headers.contains { HTTPHeaders.isSame($0.name, "Content-Type") }
        if !isTyped { lines.append("Content-Type:") }
        // curl would wait up to a second for a "100 Continue" before it sends a large body.
        lines.append("Expect:")
        return lines
    }
}
