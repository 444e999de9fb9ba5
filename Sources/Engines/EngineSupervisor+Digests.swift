import Glibc
import JSON
import Logging
import ModelStore
import Support

// What identifies a model's contents: compared with the last start, and found out where nobody knows it.

extension EngineSupervisor {
    /// The SHA-256s of plain files, as far as somebody has read them.
    nonisolated var digests: DigestMemory { DigestMemory(path: "\(configuration.stateFolder)/digests.json") }

    /// A model that is another than at the last start, under the same name, is said: a warm-up or a benchmark of yesterday
    /// may not hold for it.
    func noteChanges(of models: [String]) {
        let current = models.reduce(into: [String: BlobDigest]()) { $0[$1] = shelf[$1]?.digest }
        guard !current.isEmpty else { return }
        let path = "\(configuration.recordFolder ?? configuration.stateFolder)/models.json"
        let (logger, timeline, earlier) = (logger, timeline.current, digestNotes)
        digestNotes = Task {
            // One after the other: each reads the whole file and writes it.
            await earlier?.value
            let changes = await onOwnThread {
                var known = KnownDigests(file: path)
                let before = known
                let changes = known.changes(to: current)
                known.update(current)
                // A folder that cannot be written knows nothing the next time: no start fails for that.
                if known != before { try? known.write(to: path) }
                return changes
            }
            for change in changes {
                logger.warning("\(change)")
                timeline?.recorder.describe(["digest_changed": .string(change.description)])
            }
        }
    }

    /// The engine is ready, and nothing is being loaded: files that came without a digest are read for theirs after a
    /// while, when the first jobs have been served. Only those of this worker's own models: a volume may hold many more.
    func hashLater() {
        let models = machine.loaded.keys.sorted().filter { shelf[$0]?.isHashable == true }
        guard !models.isEmpty else { return }
        let pause = configuration.hashingDelay
        hashing = Task {
            try? await Task.sleep(for: pause)
            for model in models where !Task.isCancelled { await hash(model) }
        }
    }

    /// A load comes first: it may want all that the storage gives.
    func endHashing() {
        hashing?.cancel()
        hashing = nil
    }

    private func hash(_ model: String) async {
        guard let file = shelf[model]?.path else { return }
        do throws(FileProblem) {
            let digest = try await digests.compute(file)
            // Another file may have its name by now.
            guard shelf[model]?.path == file, shelf[model]?.isHashable == true else { return }
            shelf[model]?.foundDigest = digest
            noteChanges(of: [model])
        } catch {
            guard error.code != ECANCELED else { return }
            logger.debug("the digest of \(model) is not known: \(error)")
        }
    }
}
