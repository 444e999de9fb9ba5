import Delivery
import Glibc

struct OutboxWorker {
    private let state: String
    private let outbox: Outbox

    /// Holds the name's lock from now on, as a worker does. Nil: another process has it.
    init?(state: String, name: String) {
        let lock = open("\(state)/worker-\(name).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { return nil }
        self.state = state
        outbox = Outbox(place: { OutboxPlace(folder: state, worker: name) })
    }

    func write() async throws {
        for number in 0..<10_000 {
            // Small and large ones, in turn; the large ones are packed.
            var stored = try await outbox.store(Sample.parcel(number, bytes: number % 3 == 0 ? 200_000 : 300))
            tell("stored \(stored.name) \(number)")
            for taken in 1...Sample.chunks where number % 2 == 0 {
                stored = await outbox.acknowledgedChunk(of: stored)
                tell("acknowledged \(stored.name) \(taken)")
            }
            guard number % 4 == 0 else { continue }
            tell("removing \(stored.name)")
            await outbox.remove(stored)
            tell("removed \(stored.name)")
        }
    }

    func recover() async {
        tell("waiting")
        for _ in 0..<60_000 where access("\(state)/go", F_OK) != 0 { usleep(1000) }
        for stored in await outbox.recover() { tell("recovered \(stored.name)") }
    }

    /// Without a buffer that would die with the process.
    private func tell(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }
}
