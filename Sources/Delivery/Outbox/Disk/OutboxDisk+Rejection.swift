import JSON
import Jobs

extension OutboxDisk {
    /// Keeps what the queue will never take, for a person: the result as it was sent, and why beside it. Returns the
    /// result's path.
    mutating func reject(_ parcel: Parcel, because rejection: Rejection) throws(OutboxTrouble) -> String {
        try keep(parcel, as: newName(for: parcel).stem, because: rejection)
    }

    /// The same for one that is stored. Nil: it is no longer ours.
    mutating func reject(_ stored: StoredParcel, because rejection: Rejection) throws(OutboxTrouble) -> String? {
        guard let parcel = try load(stored) else { return nil }
        // Under the same name: one that was begun before a crash is written over.
        let path = try keep(parcel, as: stored.name, because: rejection)
        remove(stored)
        return path
    }

    private mutating func keep(
        _ parcel: Parcel,
        as name: String,
        because rejection: Rejection
    ) throws(OutboxTrouble) -> String {
        try DiskFile.makeFolder(place.rejected)
        let path = "\(place.rejected)/\(name)"
        if !parcel.chunks.isEmpty {
            let list = parcel.chunks.joined(separator: Array(",\n".utf8))
            try DiskFile.write(Array("[".utf8) + list + Array("]\n".utf8), to: "\(path).chunks.json")
        }
        try DiskFile.write(rejection.record(of: parcel).bytes, to: "\(path).rejection.json")
        try DiskFile.write(parcel.result, to: "\(path).json")
        if isTrimDue(), let now = DiskFile.status(of: "\(path).json")?.written {
            attempt { disk throws(OutboxTrouble) in try disk.trimRejected(now: now) }
        }
        return "\(path).json"
    }

    /// - Parameter now: by the volume's clock
    mutating func trimRejected(now: Int) throws(OutboxTrouble) {
        let folder = place.rejected
        let entries = try DiskFile.names(in: folder).compactMap { file in
            DiskFile.status(of: "\(folder)/\(file)").map {
                RejectedLimit.Entry(file: file, size: $0.size, written: $0.written)
            }
        }
        let excess = policy.rejected.excess(of: entries, now: now)
        // One that cannot be removed must not keep the others.
        for file in excess.joined() {
            attempt { _ throws(OutboxTrouble) in try DiskFile.remove("\(folder)/\(file.file)") }
        }
        guard !excess.isEmpty else { return }
        report(.discarded(results: excess.count, folder: folder), about: folder)
    }
}
