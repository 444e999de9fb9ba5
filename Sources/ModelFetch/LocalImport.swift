import Glibc
public import ModelStore
import Support

extension ModelPuller {
    private static let modelfileLimit = 4 << 20

    /// Makes a model of a GGUF file, or of a Modelfile and the GGUF files that it names, all on this machine.
    public func importModel(from path: String, as model: ModelReference) async throws(PullError) {
        let isCancelled = Lock(false)
        try await typed {
            try await withTaskCancellationHandler {
                try await onDisk { () throws(PullError) in
                    try bring(path, as: model, isCancelled: { isCancelled.withLock { $0 } })
                }
            } onCancel: {
                isCancelled.withLock { $0 = true }
            }
        }
    }

    /// Blocks.
    private func bring(
        _ path: String,
        as model: ModelReference,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws(PullError) {
        let isFile = GGUFHeader.isGGUF(file: path) || path.lowercased().hasSuffix(".gguf")
        let modelfile = isFile ? Modelfile(file: path) : try Self.modelfile(at: path)
        var files: [(path: String, kind: Manifest.Kind, size: Int)] = []
        for file in modelfile.files {
            let found = Self.resolved(file.path, besides: isFile ? nil : path)
            files.append((found, GGUFFile.kind(of: try GGUFFile.header(at: found)), FileSystem.size(of: found) ?? 0))
        }
        for file in modelfile.adapters {
            let found = Self.resolved(file.path, besides: path)
            _ = try GGUFFile.header(at: found)
            files.append((found, .adapter, FileSystem.size(of: found) ?? 0))
        }
        let weights = files.filter { $0.kind == .model }
        guard weights.count == 1 else {
            throw .notAModel(path, reason: "it names \(weights.count) files with weights, but a model has one")
        }
        let bytes = files.reduce(0) { $0 + $1.size }
        let writer = StoreWriter(store: store)
        try writer.prepare(needing: bytes)
        onEvent(.planned(model: model.short, bytes: bytes, present: 0))
        let copy = FileCopy(
            writer: writer,
            onBytes: { [onEvent] in onEvent(.fetched(bytes: $0)) },
            isCancelled: isCancelled
        )
        var layers: [Manifest.Layer] = []
        for file in files {
            let (digest, size) = try copy.add(file.path)
            layers.append(Manifest.Layer(file.kind, digest: digest, size: size))
        }
        let isNew = try ModelParts(files: layers, modelfile).publish(as: model, with: writer)
        onEvent(.done(model: model.short, wasFetched: isNew))
    }

    private static func modelfile(at path: String) throws(PullError) -> Modelfile {
        guard let size = FileSystem.size(of: path) else {
            throw .disk(FileProblem("read", path, code: FileSystem.isFolder(path) ? EISDIR : ENOENT))
        }
        guard size <= modelfileLimit, let bytes = SmallFile.bytes(of: path, limit: modelfileLimit),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw .notAModel(path, reason: "it is neither a GGUF file nor the text of a Modelfile") }
        do {
            return try Modelfile(parsing: text)
        } catch {
            throw .badModelfile(path: path, line: error.line, reason: error.reason)
        }
    }

    /// Paths in a Modelfile are seen from the folder that it lies in, those on the command line from where we are.
    private static func resolved(_ path: String, besides modelfile: String?) -> String {
        let expanded = FileSystem.expand(path, home: getenv("HOME").map { String(cString: $0) })
        guard let modelfile, !expanded.hasPrefix("/") else { return expanded }
        return FileSystem.path(expanded, in: FileSystem.folder(of: modelfile))
    }
}
