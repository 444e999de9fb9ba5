// Several pictures of one job.

extension AttachmentFetcher {
    /// Fetches the pictures of one job, a few at a time and each once. A URL that gives none fails in its place.
    ///
    /// - Returns: an outcome for every URL
    public func fetch(_ urls: some Sequence<String>) async -> [String: Result<Attachment, AttachmentError>] {
        var open = Set(urls)
        var outcomes: [String: Result<Attachment, AttachmentError>] = [:]
        // What the first ones leave; those under way side by side may each use all of it.
        var left = limits.bytesTogether
        await withTaskGroup(of: (String, Result<Attachment, AttachmentError>).self) { group in
            func startNext() {
                guard let url = open.popFirst() else { return }
                let limit = min(limits.bytes, left)
                group.addTask {
                    do throws(AttachmentError) { return (url, .success(try await fetch(url, upTo: limit))) } catch {
                        return (url, .failure(error))
                    }
                }
            }
            for _ in 0..<max(1, limits.width) { startNext() }
            for await (url, outcome) in group {
                if case .success(let attachment) = outcome { left = max(0, left - attachment.bytes.count) }
                outcomes[url] = outcome
                startNext()
            }
        }
        return outcomes
    }
}
