import HTTPTransport
import Support

/// An object in parts: begun, sent side by side, put together; taken back if any of that fails.
///
/// What was begun twice, because the first answer was lost, stays behind without parts; only parts are billed.
struct MultipartUpload: Sendable {
    let session: S3Session
    let bytes: [UInt8]

    func run() async throws(S3UploadError) {
        let begun = try await session.perform(.create)
        guard let upload = S3Answer(begun.body).text(of: "UploadId") else {
            throw S3UploadError(.refused, "\(session.target.authority) began an upload in parts without an UploadId")
        }
        do throws(S3UploadError) {
            try await complete(upload, tags: try await sendParts(of: upload))
        } catch {
            await takeBack(upload)
            throw error
        }
    }

    /// - Returns: what the server calls each part
    private func sendParts(of upload: String) async throws(S3UploadError) -> [String] {
        let parts = MultipartPlan(size: bytes.count, partSize: session.policy.partSize).parts
        typealias Sent = (index: Int, tag: Result<String, S3UploadError>)
        let tags = await withTaskGroup(of: Sent.self) { group -> Result<[String], S3UploadError> in
            var tags = [String](repeating: "", count: parts.count)
            var waiting = Array(parts.enumerated())[...]
            func sendNext() {
                guard let (index, range) = waiting.popFirst() else { return }
                group.addTask { (index, await send(range, as: index + 1, of: upload)) }
            }
            for _ in 0..<session.policy.partsAtOnce { sendNext() }
            while let sent = await group.next() {
                switch sent.tag {
                case .success(let tag): tags[sent.index] = tag
                case .failure(let error):
                    group.cancelAll()
                    return .failure(error)
                }
                sendNext()
            }
            return .success(tags)
        }
        return try tags.get()
    }

    private func send(_ range: Range<Int>, as number: Int, of upload: String) async -> Result<String, S3UploadError> {
        let (part, digest) = await onOwnThread {
            (Array(bytes[range]), S3Signature.digest(of: bytes[range]))
        }
        do throws(S3UploadError) {
            let reply = try await session.perform(.part(number, of: upload, part, digest: digest))
            guard let tag = reply.headers["ETag"], (1...1024).contains(tag.utf8.count) else {
                throw S3UploadError(.refused, "\(session.target.authority) took part \(number) without an ETag")
            }
            return .success(tag)
        } catch {
            return .failure(error)
        }
    }

    private func complete(_ upload: String, tags: [String]) async throws(S3UploadError) {
        do throws(S3UploadError) {
            _ = try await session.perform(.complete(upload, tags: tags))
        } catch {
            // Gone, because an answer was lost and the parts are together already? Then the object is there.
            guard error.word == "NoSuchUpload", await size() == bytes.count else { throw error }
        }
    }

    /// Of the object as the server has it; nil if it does not say.
    private func size() async -> Int? {
        (try? await session.perform(.head))?.headers["Content-Length"].flatMap { Int($0) }
    }

    /// In a task of its own: that of the upload may be cancelled, and its time over.
    private func takeBack(_ upload: String) async {
        let policy = session.policy
        let task = Task { [session] in
            let end = S3Session(
                session.http,
                session.target,
                session.key,
                policy,
                until: .now + policy.timeToAbort,
                region: session.region,
                now: session.now
            )
            _ = try? await end.perform(.abort(upload))
        }
        await task.value
    }
}
