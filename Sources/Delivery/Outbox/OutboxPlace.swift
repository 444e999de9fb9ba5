/// Where a worker keeps what outlives it, and the name under which it does.
public struct OutboxPlace: Sendable, Hashable {
    /// The state folder, absolute.
    public let folder: String
    /// The worker's name, of letters, digits, `-` and `_`. It holds the lock of `worker-NAME.lock` in the folder.
    public let worker: String

    /// A place.
    public init(folder: String, worker: String) {
        self.folder = folder
        self.worker = worker
    }

    var outbox: String { "\(folder)/outbox" }
    var rejected: String { "\(outbox)/\(Self.rejectedName)" }
    var own: String { "\(outbox)/\(Self.folderName(of: worker))" }

    /// The worker whose results lie in a folder of this name; nil if it is no worker's.
    static func worker(ofFolder name: String) -> String? {
        guard name != rejectedName else { return nil }
        let worker = name.hasSuffix(".") ? String(name.dropLast()) : name
        let isSafe = worker.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
            default: false
            }
        }
        return isSafe && !worker.isEmpty ? worker : nil
    }

    func lock(of worker: String) -> String { "\(folder)/worker-\(worker).lock" }

    private static let rejectedName = "rejected"

    /// A worker may well be called "rejected"; none has a dot in its name.
    private static func folderName(of worker: String) -> String { worker == rejectedName ? "\(worker)." : worker }
}
