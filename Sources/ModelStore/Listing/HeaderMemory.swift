import Support

/// Headers that were read before, so that a client that asks for the list every second costs a few stats.
///
/// A file is known again by all that ``FileIdentity`` has; a damaged one is remembered as such.
final class HeaderMemory: Sendable {
    private struct Entry: Sendable {
        let identity: FileIdentity
        let extent: GGUFHeader.Extent
        let summary: HeaderSummary?
    }

    private let entries = Lock<[String: Entry]>([:])

    /// The summary of a model's header; nil if that cannot be read. Blocking.
    func summary(of model: StoredModel, _ extent: GGUFHeader.Extent) -> HeaderSummary? {
        guard let identity = FileSystem.identity(of: model.weights) else { return nil }
        let known = entries.withLock { $0[model.weights] }
        if let known, known.identity == identity, known.extent == .whole || extent == .beforeVocabulary {
            return known.summary
        }
        // Two callers may read the same header at once; neither waits for the other's disk.
        let read = try? model.headerWithKeys(extent)
        let summary = read.map { HeaderSummary($0.header, keys: $0.keys) }
        let entry = Entry(identity: identity, extent: extent, summary: summary)
        entries.withLock { $0[model.weights] = entry }
        return summary
    }

    /// Forgets all other models: the memory is never larger than the list.
    func keep(_ models: [StoredModel]) {
        let files = Set(models.map(\.weights))
        entries.withLock { $0 = $0.filter { files.contains($0.key) } }
    }

    /// How many are remembered.
    var count: Int { entries.withLock { $0.count } }
}
