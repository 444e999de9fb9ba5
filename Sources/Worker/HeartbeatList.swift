/// Which of the held jobs a heartbeat lists. Pure.
enum HeartbeatList {
    /// Bytes of ids: the list travels in a URL, and servers take lines of 8 KB by default. A refused heartbeat would give
    /// away all jobs.
    private static let limit = 6_000

    /// All jobs that are being worked on, however many; of those whose results only wait for the queue, as many as fit: one
    /// of them that is handed out to another worker costs its work, not its answer.
    static func ids(unfinished: [String], held: [String]) -> [String] {
        var room = limit - unfinished.reduce(0) { $0 + $1.utf8.count + 3 }
        guard unfinished.count < held.count else { return held }
        let isUnfinished = Set(unfinished)
        return held.filter { id in
            if isUnfinished.contains(id) { return true }
            room -= id.utf8.count + 3
            return room >= 0
        }
    }
}
