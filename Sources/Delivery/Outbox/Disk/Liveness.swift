/// Whether the worker that a folder belongs to is still there.
///
/// Two signs, because each alone deceives: the lock of a worker on another machine looks free where a file system keeps
/// locks to one machine (FUSE volumes do), and a stamp ages while a worker on this one is merely stopped.
struct Liveness {
    /// What the lock of its name says.
    enum NameLock {
        /// Somebody here holds it.
        case held
        /// Nobody here holds it, or there are no locks on that file system.
        case free
    }

    /// How old a stamp may become, in milliseconds: four times what lies between two.
    var patience = 60_000

    /// - Parameters:
    ///   - stamp: when it last gave a sign, by the volume's clock
    ///   - now: by the same clock; this machine's own may be an hour off
    func isDead(_ lock: NameLock, stamp: Int, now: Int) -> Bool {
        lock == .free && now - stamp > patience
    }
}
