/// The queue's URLs, made from the templates in the environment.
///
/// `$ID` means the *worker* in the take template and the *job* in the result and stream templates. Templates are opaque
/// otherwise: placeholders are replaced, parameters appended and one path segment exchanged, byte for byte as the
/// official worker does, except that a template without a query gets `?` and one that ends in `?` or `&` is left to.
public struct Endpoints: Sendable, Hashable {
    private let takeTemplate: String
    private let resultTemplate: String
    private let streamTemplate: String
    private let pingTemplate: String?
    private let workerID: String

    /// - Parameters:
    ///   - take: `RUNPOD_WEBHOOK_GET_JOB`
    ///   - result: `RUNPOD_WEBHOOK_POST_OUTPUT`
    ///   - stream: `RUNPOD_WEBHOOK_POST_STREAM`; nil: derived from `result` by its path segment
    ///   - ping: `RUNPOD_WEBHOOK_PING`; nil: no heartbeat
    ///   - workerID: `RUNPOD_POD_ID`
    public init(take: String, result: String, stream: String?, ping: String?, workerID: String) {
        takeTemplate = take.replacing("$RUNPOD_POD_ID", with: workerID).replacing("$ID", with: workerID)
        resultTemplate = result.replacing("$RUNPOD_POD_ID", with: workerID)
        streamTemplate = (stream ?? result.replacing("/job-done/", with: "/job-stream/"))
            .replacing("$RUNPOD_POD_ID", with: workerID)
        pingTemplate = ping?.replacing("$RUNPOD_POD_ID", with: workerID)
        self.workerID = workerID
    }

    /// Where up to `count` jobs are taken. Several at a time have a path segment of their own.
    public func take(upTo count: Int, jobInProgress: Bool) -> String {
        let progress = "job_in_progress=\(jobInProgress ? 1 : 0)"
        guard count > 1, takeTemplate.contains("/job-take/") else { return appending(progress, to: takeTemplate) }
        let batch = takeTemplate.replacing("/job-take/", with: "/job-take-batch/", maxReplacements: 1)
        return appending("batch_size=\(count)&\(progress)", to: batch)
    }

    /// Where jobs to cancel are announced; nil when the take URL has no segment to exchange.
    public var stop: String? {
        guard takeTemplate.contains("/job-take/") else { return nil }
        return takeTemplate.replacing("/job-take/", with: "/job-stop/", maxReplacements: 1)
    }

    /// Where a job's result goes; progress too, with `isStream` false.
    public func result(of jobID: String, isStream: Bool) -> String {
        appending("isStream=\(isStream)", to: resultTemplate.replacing("$ID", with: jobID.urlEscaped))
    }

    /// Where a chunk goes. The parameter is false here, always.
    public func stream(of jobID: String) -> String {
        appending("isStream=false", to: streamTemplate.replacing("$ID", with: jobID.urlEscaped))
    }

    /// Where the heartbeat goes; the parameter `job_id` is absent when no job is held.
    public func ping(jobIDs: [String], version: String) -> String? {
        guard let pingTemplate else { return nil }
        var query = "runpod_version=\(version.urlEscaped)"
        if !jobIDs.isEmpty {
            query = "job_id=\(jobIDs.map(\.urlEscaped).joined(separator: "%2C"))&" + query
        }
        return appending(query, to: pingTemplate)
    }

    /// Whether these URLs lead to the servers that our own results and chunks go to, which may be two.
    public func owns(result: String, stream: String) -> Bool {
        Self.areSameServer(result, resultTemplate) && Self.areSameServer(stream, streamTemplate)
    }

    private static func areSameServer(_ url: String, _ template: String) -> Bool {
        guard let server = server(of: url) else { return false }
        return server == Self.server(of: template)
    }

    /// Scheme, host and port, with whatever else libcurl may find before the path: credentials make it another server.
    private static func server(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let rest = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return (url[..<scheme.upperBound] + rest).lowercased()
    }

    private func appending(_ query: String, to url: String) -> String {
        if url.hasSuffix("?") || url.hasSuffix("&") { return url + query }
        return url + (url.contains("?") ? "&" : "?") + query
    }
}

extension String {
    /// Percent-encoded for a path segment or query value: a job's id comes from outside and must not bend the URL.
    var urlEscaped: String {
        var escaped = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                escaped += byte < 16 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return escaped
    }
}
