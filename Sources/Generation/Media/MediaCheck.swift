/// Holds a request's media to the policy, and gathers the URLs that are to be fetched.
///
/// No URL reaches an engine: engines fetch whatever they are given, `file:` included, from inside the operator's network.
struct MediaCheck: MediaVisitor {
    let policy: GenerationPolicy
    /// Whether the engine's route takes bare base64, as Ollama's own do; OpenAI's take `data:` URLs.
    let isNative: Bool
    /// Media that were found, fetched ones included.
    private(set) var count = 0
    private(set) var references: [AttachmentReference] = []

    init(_ policy: GenerationPolicy, isNative: Bool) {
        self.policy = policy
        self.isNative = isNative
    }

    mutating func visit(
        _ text: String,
        at path: FieldPath,
        isPicture: Bool,
        isStrict: Bool
    ) throws(InputError) -> String? {
        switch MediaText(text) {
        case .data(let bytes):
            try takeOne(path)
            guard bytes <= policy.maximumImageBytes else {
                let limit = "at most \(policy.maximumImageBytes) are taken (KINDLING_IMAGE_MEGABYTES)"
                throw .refused(path, "holds about \(bytes) bytes; \(limit)")
            }
            guard isNative, let payload = text.base64OfDataURL else { return nil }
            // What is left without its wrapping is judged again: it may be a URL.
            guard case .data = MediaText(payload) else {
                throw .refused(path, "is a data: URL, but what it holds is not base64")
            }
            return payload
        case .remote:
            try takeOne(path)
            try checkFetching(path, isPicture: isPicture)
            references.append(AttachmentReference(field: path.description, url: text))
            return nil
        case .foreign(let scheme):
            throw .refused(path, "is a URL of the scheme \"\(scheme)\"; send the data itself, as base64 or a data: URL")
        case .path:
            guard isStrict else { return nil }
            throw .refused(path, "is neither base64 nor a data:, http: or https: URL; send the data itself")
        }
    }

    private mutating func takeOne(_ path: FieldPath) throws(InputError) {
        count += 1
        guard count > policy.maximumImages else { return }
        let limit = "at most \(policy.maximumImages) are taken (KINDLING_JOB_IMAGES)"
        throw .refused(path, "is number \(count) of this job's images and files; \(limit)")
    }

    private func checkFetching(_ path: FieldPath, isPicture: Bool) throws(InputError) {
        guard policy.fetchesURLs else {
            let remedy = "send the data itself, as base64 or a data: URL, or let the operator set KINDLING_FETCH_URLS=1"
            throw .refused(path, "is a URL, and this worker fetches none; \(remedy)")
        }
        guard isPicture else {
            throw .refused(
                path,
                "is a URL, and only images are fetched; send the data itself, as base64 or a data: URL"
            )
        }
    }
}

extension InputError {
    /// What is wrong with the text at `path`. The text itself stays out: a URL may hold a secret.
    fileprivate static func refused(_ path: FieldPath, _ why: String) -> InputError {
        InputError("\"\(path)\" \(why)", at: path.description)
    }
}
