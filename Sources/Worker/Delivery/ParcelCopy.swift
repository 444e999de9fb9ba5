import Delivery
import Jobs

/// Where the one copy of a parcel is that counts, and what the disk is doing about it. No effects: who holds it performs
/// them.
///
/// A file is written while the parcel is being sent, and either may be done first; so what was taken meanwhile is counted,
/// and a file that comes too late is told from one that is wanted.
struct ParcelCopy {
    /// Where it is.
    enum Place {
        case memory(Parcel)
        case disk(StoredParcel)
    }

    private(set) var place: Place
    /// The writing that is under way.
    var saving: Task<Void, Never>?
    /// Counts parcels: what is saved of an earlier one is not this one.
    private(set) var version = 0
    private var isOver = false
    /// Chunks that were taken while the file with them was being written.
    private var missedChunks = 0

    init(_ place: Place) {
        self.place = place
    }

    var isStored: Bool {
        if case .disk = place { true } else { false }
    }

    /// What to write now; nil: nothing, since it is there, on its way there, or not wanted any more.
    mutating func beginSaving() -> Parcel? {
        guard !isOver, saving == nil, case .memory(let parcel) = place else { return nil }
        missedChunks = 0
        return parcel
    }

    /// True as long as the file being written holds a chunk that was taken meanwhile; each time one is accounted for.
    mutating func takeMissedChunk(_ version: Int) -> Bool {
        guard version == self.version, missedChunks > 0 else { return false }
        missedChunks -= 1
        return true
    }

    /// The file is there. False: nobody wants it any more, so it must go.
    mutating func saved(_ stored: StoredParcel, _ version: Int) -> Bool {
        guard version == self.version else { return false }
        saving = nil
        guard !isOver else { return false }
        place = .disk(stored)
        return true
    }

    /// The disk did not take it.
    mutating func savingFailed(_ version: Int) {
        if version == self.version { saving = nil }
    }

    /// The queue has the first chunk. Returns the file in which that must be noted, if there is one.
    mutating func forgetFirstChunk() -> StoredParcel? {
        switch place {
        case .memory(var parcel):
            parcel.chunks.removeFirst()
            place = .memory(parcel)
            if saving != nil { missedChunks += 1 }
            return nil
        case .disk(let stored):
            return stored
        }
    }

    /// The file's acknowledged state.
    mutating func update(_ stored: StoredParcel) {
        if isStored { place = .disk(stored) }
    }

    /// Another parcel takes its place, the old one having been dealt with.
    mutating func replace(with parcel: Parcel) {
        version += 1
        saving = nil
        place = .memory(parcel)
    }

    /// It is not needed any more. Returns the file that must go.
    mutating func end() -> StoredParcel? {
        isOver = true
        if case .disk(let stored) = place { return stored }
        return nil
    }
}
