import Glibc

/// What the operating system refused to do with a path.
public struct FileProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, such as `make the folder`.
    public let action: String
    /// What it was tried with.
    public let path: String
    /// The system's number for the reason.
    public let code: Int32

    /// A refusal with this `errno`.
    public init(_ action: String, _ path: String, code: Int32) {
        self.action = action
        self.path = path
        self.code = code
    }

    static func last(_ action: String, _ path: String) -> FileProblem {
        FileProblem(action, path, code: errno)
    }

    /// `cannot make the folder /models: Read-only file system`.
    public var description: String {
        "cannot \(action) \(path): \(Self.words(for: code))"
    }

    private static func words(for code: Int32) -> String {
        var words = [CChar](repeating: 0, count: 128)
        // `strerror` may share its text among threads.
        guard strerror_r(code, &words, words.count) == 0 else { return "error \(code)" }
        return String(decoding: words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
