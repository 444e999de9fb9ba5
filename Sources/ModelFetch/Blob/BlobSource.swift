import HTTPTransport
import Support

/// Where a blob comes from, and how its bytes are asked for.
///
/// A registry sends its readers on to a content network with a signed URL. That is remembered for the next ranges, and
/// forgotten when it does not work any more: such URLs expire.
final class BlobSource: Sendable {
    /// An answer to a request for a range.
    enum Answer: Sendable {
        /// These bytes and no others.
        case part(HTTPBody)
        /// All bytes from the first: the server does not do ranges.
        case whole(HTTPBody)
    }

    let address: WebAddress
    let size: Int
    let what: String
    /// The ETag of what is wanted, where no digest says it.
    private let version: String?
    private let web: WebClient
    private let resolved: Lock<WebAddress?>

    init(_ address: WebAddress, size: Int, what: String, version: String? = nil, web: WebClient) {
        self.address = address
        self.size = size
        self.what = what
        self.version = version
        self.web = web
        resolved = Lock(nil)
    }

    /// One attempt.
    func open(_ range: Range<Int>) async throws(FetchFailure) -> Answer {
        let shortcut = resolved.withLock { $0 }
        let answer: WebClient.Answer
        do {
            answer = try await web.open(shortcut ?? address, [(name: "Range", value: range.header)], what: what)
        } catch {
            guard shortcut != nil else { throw error }
            resolved.withLock { $0 = nil }
            guard case .final = error else { throw error }
            throw .transient("the address that it gave for \(what) has expired")
        }
        resolved.withLock { $0 = answer.address }
        return try check(answer, for: range)
    }

    private func check(_ answer: WebClient.Answer, for range: Range<Int>) throws(FetchFailure) -> Answer {
        let response = answer.response
        if let version, let now = response.headers["ETag"], now != version {
            throw .final(.notAModel(what, reason: "it changed while it was being fetched; pull it again"))
        }
        guard response.status == 206 else {
            guard response.status == 200 else {
                throw .final(.refused(what, at: answer.address.authority, status: response.status))
            }
            return .whole(response.body)
        }
        guard let sent = response.headers["Content-Range"].flatMap({ ContentRange($0) }), sent.bytes == range,
            sent.total ?? size == size
        else {
            throw .transient("it sent other bytes of \(what) than were asked for")
        }
        return .part(response.body)
    }
}
