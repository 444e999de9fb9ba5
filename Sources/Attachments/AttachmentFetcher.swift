public import HTTPTransport

/// Fetches the pictures that jobs name by URL, so that no engine does: engines ask whatever address they are given, and
/// stand inside the operator's network.
///
/// Plain GETs without credentials, cookies or a proxy. Redirects are followed by hand, each to an address that is checked
/// like the first.
public struct AttachmentFetcher: Sendable {
    /// How much is fetched, and how long for.
    public struct Limits: Sendable, Hashable {
        /// Bytes of one file.
        public var bytes: Int
        /// Bytes of all files of one job.
        public var bytesTogether: Int
        /// For one file with all its redirects.
        public var time: Duration
        /// Redirects of one file.
        public var redirects: Int
        /// Files that are fetched side by side.
        public var width: Int

        /// Limits in full.
        public init(
            bytes: Int = 20 << 20,
            bytesTogether: Int = 64 << 20,
            time: Duration = .seconds(30),
            redirects: Int = 5,
            width: Int = 4
        ) {
            self.bytes = bytes
            self.bytesTogether = bytesTogether
            self.time = time
            self.redirects = redirects
            self.width = width
        }
    }

    private let http: HTTPClient
    let limits: Limits
    private let rule: AddressRule

    /// - Parameter rule: ``AddressRule/any`` only where the operator has said so
    public init(http: HTTPClient, limits: Limits = Limits(), rule: AddressRule = .publicOnly) {
        self.http = http
        self.limits = limits
        self.rule = rule
    }

    /// Fetches one picture.
    public func fetch(_ url: String) async throws(AttachmentError) -> Attachment {
        try await fetch(url, upTo: limits.bytes)
    }

    func fetch(_ url: String, upTo limit: Int) async throws(AttachmentError) -> Attachment {
        var place = try SourceURL(url)
        let deadline = ContinuousClock.now + limits.time
        for _ in 0...max(0, limits.redirects) {
            switch try await visit(place, upTo: limit, until: deadline) {
            case .file(let attachment): return attachment
            case .redirect(let next): place = next
            }
        }
        let count = "\(limits.redirects) redirects"
        throw AttachmentError(
            .tooManyRedirects,
            "\(place.authority) redirects after \(count), and no more are followed"
        )
    }
}

extension AttachmentFetcher {
    private enum Finding {
        case file(Attachment)
        case redirect(SourceURL)
    }

    private func visit(
        _ place: SourceURL,
        upTo limit: Int,
        until deadline: ContinuousClock.Instant
    ) async throws(AttachmentError) -> Finding {
        var request = HTTPRequest(place.text)
        request.addresses = rule
        request.usesProxy = false
        request.headers = [("Accept", "image/*")]
        request.timeout = max(.milliseconds(1), deadline - .now)
        let response: HTTPResponse
        do throws(HTTPError) { response = try await http.send(request) } catch { throw error.meaning(limit, place) }
        if let next = try redirect(in: response, from: place) { return .redirect(next) }
        guard response.status == 200 else {
            throw AttachmentError(
                .refused(status: response.status),
                "\(place.authority) answered \(response.status) instead of the file"
            )
        }
        // Said beforehand, it spares the bytes; what comes is counted all the same.
        if let length = response.headers["Content-Length"].flatMap({ Int($0) }), length > limit {
            throw .tooLarge(limit, from: place)
        }
        let bytes: [UInt8]
        do throws(HTTPError) { bytes = try await response.collect(upTo: limit) } catch {
            throw error.meaning(limit, place)
        }
        guard let format = ImageFormat(of: bytes) else {
            throw AttachmentError(.notAnImage, "what \(place.authority) sent is not a PNG, JPEG, GIF, WebP or BMP file")
        }
        return .file(Attachment(mediaType: format.mediaType, bytes: bytes))
    }

    private func redirect(in response: HTTPResponse, from place: SourceURL) throws(AttachmentError) -> SourceURL? {
        guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"] else {
            return nil
        }
        do throws(AttachmentError) { return try place.resolving(location) } catch {
            throw AttachmentError(error.kind, "\(place.authority) redirects to where nothing is fetched: \(error)")
        }
    }
}

extension HTTPError {
    fileprivate func meaning(_ limit: Int, _ place: SourceURL) -> AttachmentError {
        AttachmentError(self, limit: limit, from: place)
    }
}
