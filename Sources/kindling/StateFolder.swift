import Glibc
import ModelStore
import Support

/// Where this worker keeps what outlives it, and the name under which it does.
///
/// Workers may share a folder (a network volume); each has files of its own, told apart by its name. A lock that the
/// kernel lets go when the process ends makes that name one worker's at a time.
struct StateFolder: Sendable {
    let path: String
    /// One clause for the log.
    let reason: String
    /// `RUNPOD_POD_ID`, else the machine's name; with a number behind it while another worker of that name lives.
    let worker: String

    /// Finds the folder and takes a name in it. Blocking. Nil: nothing can be written anywhere.
    ///
    /// - Parameter named: the setting's text
    static func open(_ named: String?, environment: [String: String]) -> StateFolder? {
        for (path, reason) in candidates(named, environment) where make(path) {
            let name = workerName(environment)
            for attempt in 1...64 {
                let worker = attempt == 1 ? name : "\(name)-\(attempt)"
                if lock("\(path)/worker-\(worker).lock") {
                    return StateFolder(path: path, reason: reason, worker: worker)
                }
            }
        }
        return nil
    }

    /// Where to look for what workers kept, for commands that only read.
    static func reading(_ named: String?, environment: [String: String]) -> String {
        let candidates = candidates(named, environment)
        return candidates.first { access("\($0.path)", R_OK | X_OK) == 0 }?.path ?? candidates[0].path
    }

    /// Where a worker would keep records, in the order in which it tries, for commands that write nothing.
    static func places(_ named: String?, environment: [String: String]) -> [String] {
        candidates(named, environment).map(\.path)
    }

    private static func candidates(_ named: String?, _ environment: [String: String]) -> [(
        path: String, reason: String
    )] {
        if let named { return [(named, "it was named")] }
        var candidates: [(String, String)] = []
        // Only where the volume is mounted: making the folder in an image would look like one.
        if access("/runpod-volume", W_OK) == 0 {
            candidates.append(("/runpod-volume/kindling", "the volume is writable"))
        }
        if let home = environment["HOME"], !home.isEmpty {
            candidates.append(("\(home)/.kindling", "no volume is writable; it lives as long as the container"))
        }
        candidates.append(("/tmp/kindling", "nothing else is writable; it lives as long as the container"))
        return candidates
    }

    /// Makes the folder and its parents, and sees whether files can be written there.
    private static func make(_ path: String) -> Bool {
        (try? FileSystem.makeFolder(path)) != nil && access(path, W_OK | X_OK) == 0
    }

    private static func workerName(_ environment: [String: String]) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let host = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let name = environment["RUNPOD_POD_ID"].flatMap { $0.isEmpty ? nil : $0 } ?? host
        let safe = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "-" }
        return safe.isEmpty ? "worker" : String(safe.prefix(64))
    }

    /// The descriptor stays open as long as the process: closing it would let go of the lock.
    private static func lock(_ path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
        // A file system without locks (some network volumes) tells nobody apart: then the name alone has to.
        if errno != EWOULDBLOCK { return true }
        close(descriptor)
        return false
    }
}
