import Glibc
public import ModelStore

/// Why a model could not be brought to disk. `description` says what to do.
public enum PullError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A name or URL that cannot be one of a model.
    case badName(String, reason: String)
    /// The registry, or the web server, has no such thing.
    case notFound(String, at: String)
    /// The server wants to know who asks, or does not like the answer.
    case notAllowed(String, at: String, status: Int)
    /// The server gave an answer that is no use, and that asking again will not change.
    case refused(String, at: String, status: Int)
    /// The registry's manifest is not one that can be used.
    case badManifest(String, reason: String)
    /// What came is not what the digest promised; also not the second time.
    case wrongDigest(expected: BlobDigest, found: BlobDigest, from: String)
    /// What is at this place is not a model file.
    case notAModel(String, reason: String)
    /// A Modelfile that cannot be brought into a store.
    case badModelfile(path: String, line: Int, reason: String)
    /// Plain http, and nobody said that this is wanted.
    case insecure(String)
    /// The network or the server failed, as often as we were willing to try.
    case network(String, at: String, attempts: Int)
    /// The disk has not the room.
    case noSpace(folder: String, free: Int, needed: Int)
    /// A call to the system failed.
    case disk(FileProblem)
    /// Somebody else took our lock over, because no sign of life came from here for too long.
    case lostLock(String)
    /// The task was cancelled. What came is kept.
    case cancelled

    /// Whether the surroundings are at fault, the network or the disk, and another try may go better.
    public var isEnvironmental: Bool {
        switch self {
        case .network, .refused, .noSpace, .disk, .lostLock, .cancelled: true
        default: false
        }
    }

    /// What is wrong, with what, and what to do.
    public var description: String {
        switch self {
        case .badName(let name, let reason): "\"\(name)\" cannot be pulled: \(reason)"
        case .notFound(let what, let place):
            "\(what) does not exist at \(place): check its spelling and tag (a private one also looks like this)"
        case .notAllowed(let what, let place, let status):
            "\(place) does not give out \(what) (status \(status)): gated models need HF_TOKEN, and their terms accepted"
        case .refused(let what, let place, let status): "\(place) answered with status \(status) when asked for \(what)"
        case .badManifest(let name, let reason): "the manifest of \(name) cannot be used: \(reason)"
        case .wrongDigest(let expected, let found, let place):
            """
            what \(place) sent has the digest \(found) but should have \(expected), twice in a row: the file there, or \
            something on the way, is damaged; nothing was kept
            """
        case .notAModel(let what, let reason): "\(what) is not a model that can be stored: \(reason)"
        case .badModelfile(let path, let line, let reason): "\(path), line \(line): \(reason)"
        case .insecure(let address):
            "\(address) is not https, and what comes over plain http can be read on the way: add --insecure to allow it"
        case .network(let reason, let place, let attempts):
            "\(place): \(reason) (\(attempts) \(attempts == 1 ? "attempt" : "attempts")); what came is kept, pull again to resume"
        case .noSpace(let folder, let free, let needed):
            """
            \(folder) has \(ByteText.size(free)) free, but \(ByteText.size(needed)) \(needed == 1 ? "is" : "are") needed: \
            make room, or name a store on another disk
            """
        case .disk(let problem): problem.code == ENOSPC ? "\(problem); make room: what came is kept" : "\(problem)"
        case .lostLock(let path):
            "another pull took over \(path), because this one showed no sign of life for too long; what came is kept"
        case .cancelled: "interrupted; what came is kept, pull again to resume"
        }
    }

    /// The call that just failed, with its errno.
    static func last(_ action: String, _ path: String) -> PullError {
        .disk(FileProblem(action, path, code: errno))
    }
}
