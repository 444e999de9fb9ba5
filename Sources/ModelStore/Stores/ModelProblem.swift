/// Why a model that was asked for cannot be loaded from disk.
public struct ModelProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Cause: Sendable, Hashable {
        /// Nobody has it. Partial downloads in these folders may be what was meant.
        case notFound(searched: [String], unfinished: [String])
        /// Its manifest cannot be read as one.
        case damagedManifest(path: String, reason: String)
        /// A file is not there; its download may have begun.
        case missing(path: String, isPartial: Bool)
        /// A file is shorter or longer than it has to be, in bytes: a cut download, a full disk.
        case wrongSize(path: String, has: Int, needs: Int)
        /// A file is there, and this user may not read it.
        case unreadable(path: String)
        /// The manifest names no GGUF weights: a cloud model, or one in another format.
        case noWeights(path: String)
        /// The file is no GGUF file, or its header is damaged.
        case badFile(GGUFProblem)
        /// A folder where a file was meant.
        case isFolder(path: String)
        /// Several files answer to the name, and none to be preferred.
        case ambiguous(choices: [String])
    }

    /// The model's name as it was asked for.
    public let model: String
    /// What is wrong.
    public let cause: Cause

    /// A problem with a model.
    public init(_ model: String, _ cause: Cause) {
        self.model = model
        self.cause = cause
    }

    /// What is wrong, with which file, and what to do, in one line.
    public var description: String { "\(fault) \(remedy)" }

    /// What is wrong, and with which file.
    public var fault: String { "The model \(model) \(what)." }

    private var what: String {
        switch cause {
        case .notFound(let searched, let unfinished):
            "is not on this machine" + (searched.isEmpty ? "" : " (looked in \(searched.joined(separator: ", ")))")
                + (unfinished.isEmpty ? "" : "; an unfinished download lies in \(unfinished.joined(separator: ", "))")
        case .damagedManifest(let path, let reason): "has a damaged manifest, \(path): \(reason)"
        case .missing(let path, isPartial: true): "is half downloaded: of \(path) there is only a part"
        case .missing(let path, isPartial: false): "lacks a file: \(path) is not there"
        case .wrongSize(let path, let has, let needs) where has < needs:
            "is incomplete: \(path) has \(has) of \(needs) bytes"
        case .wrongSize(let path, let has, let needs): "is damaged: \(path) has \(has) bytes instead of \(needs)"
        case .unreadable(let path): "cannot be read: this user may not open \(path)"
        case .noWeights(let path): "has no GGUF weights: its manifest \(path) names none"
        case .badFile(let problem): "cannot be loaded: \(problem)"
        case .isFolder(let path): "is a folder, not a GGUF file: \(path)"
        case .ambiguous(let choices): "could be any of \(choices.joined(separator: ", "))"
        }
    }

    /// What to do.
    public var remedy: String {
        switch cause {
        case .unreadable: "Make it readable for the user that runs this."
        case .noWeights: "Choose a model that llama.cpp can run."
        case .ambiguous: "Name one of them."
        case .isFolder: "Name the file in it."
        case .badFile where isPath: "Name a whole GGUF file."
        case .missing where isPath, .wrongSize where isPath, .notFound where isPath: "Put a whole GGUF file there."
        case .notFound, .damagedManifest, .missing, .wrongSize, .badFile: "Mend it with: kindling pull \(model)"
        }
    }

    private var isPath: Bool { model.first.map { "/.~".contains($0) } ?? false }
}
