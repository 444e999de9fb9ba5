import Foundation
import Glibc
import JSON
import Jobs
import Support
import TestSupport
import Testing

@testable import Delivery

func makeParcel(
    _ job: String = "job-1",
    chunks: [String] = [],
    result: String = #"{"output":{"text":"hello"}}"#,
    finished: Int = 1_763_719_200_000
) -> Parcel {
    Parcel(
        address: ReturnAddress(job: job, result: "https://queue/done/\(job)", stream: "https://queue/stream/\(job)"),
        chunks: chunks.map { Array($0.utf8) },
        result: Array(result.utf8),
        finished: finished
    )
}

/// A state folder with as many workers as a test needs.
struct StateFolder {
    let temporary: TemporaryFolder
    let news = Recorder<OutboxNews>()

    init() throws {
        temporary = try TemporaryFolder("outbox")
    }

    var path: String { temporary.path }

    func outbox(_ worker: String = "a", policy: OutboxDisk.Policy = .init()) -> Outbox {
        Outbox(place: { [path] in OutboxPlace(folder: path, worker: worker) }, policy: policy, onNews: news.add)
    }

    func entries(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: temporary.path(folder))) ?? []).sorted()
    }

    func bytes(_ file: String) throws -> [UInt8] { try Fixture.bytes(of: temporary.path(file)) }

    func json(_ file: String) throws -> JSON { try JSON(parsing: try bytes(file)) }

    func mode(_ file: String) -> UInt32 {
        var status = stat()
        return stat(temporary.path(file), &status) == 0 ? status.st_mode & 0o777 : 0
    }

    /// Makes a worker look as if it had given its last life sign so many seconds ago.
    func age(_ worker: String, by seconds: Int) {
        var times = [timespec(), timespec()]
        clock_gettime(CLOCK_REALTIME, &times[0])
        times[0].tv_sec -= seconds
        times[1] = times[0]
        #expect(utimensat(AT_FDCWD, temporary.path("outbox/\(worker)/.alive"), times, 0) == 0)
    }

    /// Holds the lock of a worker's name, as a living one does.
    func hold(_ worker: String) -> Int32 {
        let descriptor = open(temporary.path("worker-\(worker).lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        #expect(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return descriptor
    }
}

/// What was told, in order.
final class Recorder<Item: Sendable>: Sendable {
    private let items = Lock<[Item]>([])

    var all: [Item] { items.withLock { $0 } }

    @Sendable func add(_ item: Item) { items.withLock { $0.append(item) } }
}
