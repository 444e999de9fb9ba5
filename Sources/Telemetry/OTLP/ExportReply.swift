import HTTPTransport
import JSON

// What a collector's answer means, by OTLP's rules.

extension ExportOutcome {
    /// - Parameter body: of the answer; only looked at where it says something
    init(status: Int, requestedWait: Duration?, body: [UInt8]) {
        switch status {
        case 200..<300:
            let partial = (try? JSON(parsing: body))?["partialSuccess"]
            let rejected = ["rejectedSpans", "rejectedDataPoints"].lazy
                .compactMap { partial?[$0] }
                .compactMap { $0.int ?? $0.string.flatMap { Int($0) } }
                .first { $0 > 0 }
            guard let rejected else {
                self = .delivered
                return
            }
            // To be sent again it would need to be another body.
            self = .refused(why: "it rejected \(rejected) of them\(Self.reason(partial?["errorMessage"]))")
        case 429, 502, 503, 504:
            self = .postponed(after: requestedWait, why: "it answered \(status)")
        default:
            let message = try? JSON(parsing: body)["message"]
            self = .refused(why: "it answered \(status)\(Self.reason(message))")
        }
    }

    init(_ error: HTTPError) {
        self = error.code == .invalidRequest ? .refused(why: error.message) : .postponed(after: nil, why: error.message)
    }

    private static func reason(_ message: JSON?) -> String {
        guard let text = message?.string, !text.isEmpty else { return "" }
        return ": \(text.shortened(to: 300))"
    }
}
