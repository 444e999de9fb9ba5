import Delivery
import Support

/// The state folder of this process: found once, at the first need, by whoever is first, on a thread of its own. On a
/// network volume that may take longer than the first poll of the queue.
final class SharedState: Sendable {
    private let folder: Lock<Task<StateFolder?, Never>?> = Lock(nil)
    private let named: String?
    private let environment: [String: String]

    /// - Parameter named: the setting's text
    init(_ named: String?, _ environment: [String: String]) {
        self.named = named
        self.environment = environment
    }

    /// What to name where nothing can be written.
    var advice: String { named ?? "set KINDLING_STATE" }

    /// The folder, with this worker's name in it. Nil: nothing can be written anywhere.
    func open() async -> StateFolder? {
        let search = folder.withLock { folder in
            if let folder { return folder }
            let search = Task { [named, environment] in
                await onOwnThread { StateFolder.open(named, environment: environment) }
            }
            folder = search
            return search
        }
        return await search.value
    }

    /// Where results lie.
    @Sendable func outboxPlace() async -> OutboxPlace? {
        await open().map { OutboxPlace(folder: $0.path, worker: $0.worker) }
    }
}
