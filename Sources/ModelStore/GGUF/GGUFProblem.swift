/// Why a file's header cannot be read.
public enum GGUFProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system refused; the text says why.
    case unreadable(FileProblem)
    /// It does not begin as GGUF files do.
    case notGGUF(path: String)
    /// A version of the format that nobody uses any more, or one of the future, or the other byte order.
    case unknownVersion(path: String, version: UInt32)
    /// The file ends before its header does.
    case cutShort(path: String, size: Int)
    /// A value cannot be what it says.
    case damaged(path: String, what: String, offset: Int)

    /// What is wrong with which file.
    public var description: String {
        switch self {
        case .unreadable(let problem): "\(problem)"
        case .notGGUF(let path): "\(path) is not a GGUF file"
        case .unknownVersion(let path, let version) where version.byteSwapped < 256:
            "\(path) is a GGUF file for big-endian machines; fetch the little-endian one"
        case .unknownVersion(let path, let version): "\(path) is a GGUF file of version \(version); 2 and 3 can be read"
        case .cutShort(let path, let size): "\(path) ends within its header, after \(size) bytes; fetch it again"
        case .damaged(let path, let what, let offset): "\(path) is damaged: \(what) at byte \(offset); fetch it again"
        }
    }
}
