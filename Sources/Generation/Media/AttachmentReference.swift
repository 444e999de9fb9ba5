internal import JSON

/// A place in a job's input where a URL stands instead of a picture.
public struct AttachmentReference: Sendable, Hashable {
    /// Where, for errors: `messages[0].images[1]`.
    public let field: String
    /// The URL as the client wrote it.
    public let url: String
}

extension Generation {
    /// This generation with the pictures themselves where their URLs stood.
    ///
    /// - Parameter images: what became of each URL in ``attachments``
    /// - Throws: ``InputError`` that names the first field whose URL gave no picture
    public func resolving<Failure: Error>(
        _ images: [String: Result<ImageData, Failure>]
    ) throws(InputError) -> Generation {
        guard !attachments.isEmpty else { return self }
        var texts: [String: String] = [:]
        for reference in attachments {
            switch images[reference.url] {
            case .success(let image): texts[reference.url] = isNative ? image.base64 : image.dataURL
            case .failure(let error): throw reference.refusal("could not be fetched: \(error)")
            case nil: throw reference.refusal("was not fetched")
            }
        }
        var resolved = self
        resolved.attachments = []
        resolved.body = replacing(texts)
        return resolved
    }

    /// The request with texts in place of URLs. A URL without one becomes empty: whatever is forgotten elsewhere, no URL of
    /// a client's reaches an engine.
    func replacing(_ texts: [String: String]) -> JSON.Object {
        var walk = MediaWalk(Replacement(texts: texts), prefix: "")
        // The visitor throws nothing.
        return (try? walk.rewrite(body)) ?? body
    }
}

extension JobRequest {
    /// The URLs that stand where pictures should, of all generations of the job; one may occur more than once.
    public var attachments: [AttachmentReference] {
        switch self {
        case .generation(let generation): generation.attachments
        case .batch(let generations): generations.flatMap { (try? $0.get())?.attachments ?? [] }
        case .warmup, .models: []
        }
    }

    /// This job with the pictures themselves where their URLs stood. In a batch, a generation whose picture is missing
    /// fails in its place.
    ///
    /// - Parameter images: what became of each URL in ``attachments``
    /// - Throws: ``InputError`` that names the field whose URL gave no picture
    public func resolving<Failure: Error>(
        _ images: [String: Result<ImageData, Failure>]
    ) throws(InputError) -> JobRequest {
        switch self {
        case .generation(let generation):
            .generation(try generation.resolving(images))
        case .batch(let generations):
            .batch(
                generations.map { generation in
                    Result { () throws(InputError) in try generation.get().resolving(images) }
                }
            )
        case .warmup, .models: self
        }
    }
}

extension AttachmentReference {
    fileprivate func refusal(_ why: String) -> InputError {
        InputError("\"\(field)\" \(why)", at: field)
    }
}

private struct Replacement: MediaVisitor {
    let texts: [String: String]

    func visit(_ text: String, at path: FieldPath, isPicture: Bool, isStrict: Bool) -> String? {
        MediaText(text) == .remote ? texts[text] ?? "" : nil
    }
}
