import CCurl
import Glibc

/// What is known when curl gives up on an exchange.
struct CurlFailure {
    /// How far it came.
    enum Phase {
        case resolving, connecting, exchanging
    }

    var code: CURLcode
    var phase: Phase
    /// curl's own words.
    var text: String
    /// The `errno` of a failed connect, or 0.
    var systemError: Int32 = 0
    var request: HTTPRequest
    var origin: Origin
    /// Whether a proxy is set for it; only curl knows whether `NO_PROXY` excepted the host.
    var mayBeProxied = false
}

extension HTTPError {
    /// Sorts curl's hundred codes by what a caller can do about them, and says it in words.
    init(_ failure: CurlFailure) {
        let origin = failure.mayBeProxied ? "\(failure.origin) (the environment names a proxy)" : "\(failure.origin)"
        switch failure.code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self.init(.couldNotResolve, "could not resolve \(origin): check the name and this machine's DNS")
        case CURLE_COULDNT_CONNECT:
            self.init(.couldNotConnect, "could not connect to \(origin): \(failure.systemReason)")
        case CURLE_OPERATION_TIMEDOUT:
            self.init(timeout: failure, origin)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self.init(lost: failure, origin)
        case CURLE_SSL_CACERT_BADFILE, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
            let hint = "if its CA is your own, name the CA's file in SSL_CERT_FILE"
            self.init(.tls, "cannot trust \(origin): \(failure.reason); \(hint)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
            CURLE_SSL_SHUTDOWN_FAILED:
            self.init(.tls, "no secure connection to \(origin): \(failure.reason)")
        case CURLE_URL_MALFORMAT:
            self.init(.invalidRequest, "the URL for \(origin) is malformed: \(failure.reason)")
        case CURLE_OUT_OF_MEMORY, .tooLarge:
            // What libcurl says to a header line above 100 KB or a compressed body that bursts its buffer, too.
            self.init(.tooLarge, "\(origin) sent more at a time than libcurl takes")
        default:
            self.init(.protocolViolation, "\(origin) did not answer as HTTP asks: \(failure.reason)")
        }
    }

    /// Time that ran out before the connection stood is a matter of connecting, whichever limit it was: callers take
    /// `timedOut` after a long poll for "nothing there", and this is not that.
    private init(timeout failure: CurlFailure, _ origin: String) {
        let request = failure.request
        let connectLimit = min(request.connectTimeout, request.timeout ?? request.connectTimeout)
        switch failure.phase {
        case .resolving:
            self.init(.couldNotResolve, "could not resolve \(origin) within \(connectLimit.short)")
        case .connecting:
            self.init(.couldNotConnect, "could not connect to \(origin) within \(connectLimit.short)")
        case .exchanging:
            let limit = request.timeout.map { " within \($0.short)" } ?? " in time"
            self.init(.timedOut, "\(origin) did not complete its answer\(limit)")
        }
    }

    private init(lost failure: CurlFailure, _ origin: String) {
        // A malformed chunk has no code of its own: curl files it under "failure in receiving".
        if failure.code == CURLE_RECV_ERROR, failure.text.contains("chunk") {
            self.init(.protocolViolation, "\(origin) sent a malformed chunked body: \(failure.reason)")
        } else {
            self.init(.connectionLost, "the connection to \(origin) was lost: \(failure.reason)")
        }
    }

    static func tooLarge(body limit: Int, from origin: Origin) -> HTTPError {
        HTTPError(.tooLarge, "the answer of \(origin) is larger than the \(limit) bytes that are taken")
    }

    static func tooLarge(head limit: Int, from origin: Origin) -> HTTPError {
        HTTPError(.tooLarge, "the head of \(origin)'s answer is larger than the \(limit) bytes that are taken")
    }

    static func headless(_ origin: Origin) -> HTTPError {
        HTTPError(.connectionLost, "the connection to \(origin) was lost in the middle of its answer's head")
    }

    static func cancelled(_ origin: Origin) -> HTTPError {
        HTTPError(.cancelled, "the request to \(origin) was cancelled")
    }

    static func refused(_ code: CURLcode, _ origin: Origin) -> HTTPError {
        HTTPError(
            .invalidRequest,
            "libcurl refuses the request to \(origin): \(String(cString: curl_easy_strerror(code)))"
        )
    }

    /// Without the address itself: whoever chose the URL need not learn how names resolve in here.
    static func forbidden(_ kind: String, _ origin: Origin) -> HTTPError {
        HTTPError(.forbiddenAddress, "\(origin) leads to \(kind), and this request may go to public addresses only")
    }

    static func idle(_ limit: Duration, _ origin: Origin) -> HTTPError {
        HTTPError(.timedOut, "\(origin) was silent for \(limit.short)")
    }
}

extension CurlFailure {
    /// The cause in curl's words.
    fileprivate var reason: String {
        text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }

    /// The cause of a failed connect in the system's words (`connection refused`). Of no other failure: the number may be
    /// left over from the first of a host's two addresses.
    fileprivate var systemReason: String {
        var words = [CChar](repeating: 0, count: 128)
        guard systemError != 0, strerror_r(systemError, &words, words.count) == 0 else { return reason }
        return String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).lowercased()
    }
}

extension CURLcode {
    /// `CURLE_TOO_LARGE`, which came with 8.6.
    fileprivate static let tooLarge = CURLcode(rawValue: 100)
}
