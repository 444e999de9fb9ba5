import Glibc
import Jobs

extension OutboxDisk {
    /// What earlier workers left and this one does not yet know of: its namesake before it, and those that are no more.
    ///
    /// - Parameter isOurs: whether a result can be delivered by this worker; others are left to those that can
    mutating func recover(_ isOurs: (ReturnAddress) -> Bool) -> [StoredParcel] {
        removeDelivered()
        var found: [StoredParcel] = []
        var time: Int?
        attempt { disk throws(OutboxTrouble) in try disk.readOwnFolder(isOurs, &found, &time) }
        attempt { disk throws(OutboxTrouble) in
            let others = try disk.otherFolders()
            guard others.contains(where: { !$0.isEmpty }) else { return }
            let now = try disk.volumeTime(&time)
            for other in others {
                disk.attempt { disk throws(OutboxTrouble) in try disk.inherit(from: other, now: now, isOurs, &found) }
                // A long take-over must not make ourselves look dead.
                disk.beat()
            }
        }
        attempt { disk throws(OutboxTrouble) in
            guard disk.isTrimDue(), !(try DiskFile.names(in: disk.place.rejected)).isEmpty else { return }
            try disk.trimRejected(now: try disk.volumeTime(&time))
        }
        tidy()
        return found.sorted { $0.name < $1.name }
    }

    /// The time by the volume's clock. Asking for it is a life sign and waits for the disk: once in a recovery.
    private mutating func volumeTime(_ known: inout Int?) throws(OutboxTrouble) -> Int {
        if let known { return known }
        let now = try sign()
        known = now
        return now
    }

    /// Another worker's folder.
    private struct OtherFolder {
        let worker: String
        let path: String
        let isEmpty: Bool
    }

    /// Sorted by name. What cannot be listed counts as empty: it is of no use, and no reason to write anything.
    private func otherFolders() throws(OutboxTrouble) -> [OtherFolder] {
        try DiskFile.names(in: place.outbox).compactMap { name in
            guard let worker = OutboxPlace.worker(ofFolder: name), worker != place.worker else { return nil }
            let path = "\(place.outbox)/\(name)"
            return OtherFolder(worker: worker, path: path, isEmpty: (try? DiskFile.names(in: path))?.isEmpty ?? true)
        }
    }

    private mutating func readOwnFolder(
        _ isOurs: (ReturnAddress) -> Bool,
        _ found: inout [StoredParcel],
        _ time: inout Int?
    ) throws(OutboxTrouble) {
        let files = try DiskFile.names(in: place.own)
        guard !files.isEmpty else { return }
        // Before anything else: until now our folder looked like a dead worker's.
        attempt { disk throws(OutboxTrouble) in _ = try disk.volumeTime(&time) }
        sweep(place.own, files)
        for name in files.compactMap(ParcelName.init) where held[name.stem] == nil {
            guard let stored = look(at: name, in: place.own), isOurs(stored.address) else { continue }
            held[name.stem] = Held(name: name)
            found.append(stored)
        }
    }

    /// Takes over file by file: the rename that another worker was first with finds nothing.
    private mutating func inherit(
        from other: OtherFolder,
        now: Int,
        _ isOurs: (ReturnAddress) -> Bool,
        _ found: inout [StoredParcel]
    ) throws(OutboxTrouble) {
        let folder = other.path
        guard let last = LifeSign.last(in: folder) else { return }
        // The cheap half first: taking the lock keeps a worker of that name from starting under it.
        guard policy.liveness.isDead(.free, stamp: last, now: now), let lock = LockProbe(place.lock(of: other.worker))
        else { return }
        let files = try DiskFile.names(in: folder)
        sweep(folder, files)
        let before = found.count
        for name in files.compactMap(ParcelName.init) {
            guard let stored = look(at: name, in: folder), isOurs(stored.address) else { continue }
            attempt { disk throws(OutboxTrouble) in
                guard try DiskFile.move("\(folder)/\(name.file)", to: disk.path(of: name)) else { return }
                disk.held[name.stem] = Held(name: name)
                found.append(stored)
            }
        }
        if found.count > before {
            DiskFile.syncFolder(of: place.own + "/")
            report(.tookOver(results: found.count - before, from: other.worker))
        }
        // Gone with the last file; a folder that holds anything else stays.
        if try DiskFile.names(in: folder) == [LifeSign.name] { unlink("\(folder)/\(LifeSign.name)") }
        rmdir(folder)
        _ = consume lock
    }

    /// Nobody writes there now, so whoever began these was killed before they were whole.
    private mutating func sweep(_ folder: String, _ files: [String]) {
        for file in files where file.hasSuffix(ParcelName.unfinished) {
            attempt { _ throws(OutboxTrouble) in try DiskFile.remove("\(folder)/\(file)") }
        }
    }

    /// What a file says of itself; nil if that cannot be believed.
    private mutating func look(at name: ParcelName, in folder: String) -> StoredParcel? {
        let path = "\(folder)/\(name.file)"
        var stored: StoredParcel?
        attempt { disk throws(OutboxTrouble) in
            switch try Self.readHeader(path) {
            case nil: return
            case .failure(let problem): disk.setAside(path, as: name, because: problem)
            case .success(let (header, size)):
                stored = StoredParcel(
                    name: name.stem,
                    address: header.address,
                    finished: header.finished,
                    bytes: size,
                    chunks: header.chunks,
                    acknowledged: min(name.acknowledged, header.chunks)
                )
            }
        }
        return stored
    }

    /// The header alone: a list of a thousand parcels costs a thousand small reads.
    private static func readHeader(
        _ path: String
    ) throws(OutboxTrouble) -> Result<(ParcelHeader, size: Int), ParcelProblem>? {
        guard let (start, size) = try DiskFile.read(path, upTo: 16 * 1024) else { return nil }
        do throws(ParcelProblem) {
            let end = try ParcelFile.headerEnd(of: start)
            if end <= start.count { return .success((try ParcelFile.header(of: start, fileSize: size), size)) }
        } catch {
            return .failure(error)
        }
        // A long list of chunks, or a job's id of some kilobytes.
        guard let (whole, size) = try DiskFile.read(path) else { return nil }
        return Result { () throws(ParcelProblem) in (try ParcelFile.header(of: whole, fileSize: size), size) }
    }
}
