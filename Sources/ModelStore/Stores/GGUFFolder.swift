/// The models that lie in a folder as plain GGUF files. Blocking.
struct GGUFFolder: Sendable, Hashable {
    let folder: String

    /// A model's files: one, or the parts that it was split into.
    struct Entry: Sendable, Hashable {
        let folder: String
        let base: String
        var quantisation: String?
        /// How many parts there have to be.
        let count: Int
        /// The parts that are listed, by number.
        var names: [Int: String]

        var firstPath: String { FileSystem.path(names[1] ?? base, in: folder) }

        /// The files, all there; the problem of the first that is not.
        func paths() -> Result<[String], ModelProblem> {
            var paths: [String] = []
            for index in 1...count {
                guard let name = names[index] else {
                    return .failure(ModelProblem(base, .missing(path: partPath(index), isPartial: false)))
                }
                paths.append(FileSystem.path(name, in: folder))
            }
            return .success(paths)
        }

        private func partPath(_ index: Int) -> String {
            func number(_ number: Int) -> String { String(String(100_000 + number).dropFirst()) }
            return "\(folder)/\(base)-\(number(index))-of-\(number(count)).gguf"
        }
    }

    /// The models, without projectors, by name.
    func entries() -> [Entry] {
        var entries: [String: Entry] = [:]
        for name in FileSystem.names(in: folder) {
            guard let file = GGUFFileName(name), !file.isProjector else { continue }
            let count = file.part?.count ?? 1
            let key = "\(file.base)/\(count)"
            let quantisation = file.quantisation
            let new = Entry(folder: folder, base: file.base, quantisation: quantisation, count: count, names: [:])
            entries[key, default: new].names[file.part?.index ?? 1] = name
        }
        return entries.values.sorted { ($0.base, $0.count) < ($1.base, $1.count) }
    }

    /// The projector: of several quantisations the half-precision one, which is what the others were made of.
    func projector() -> String? {
        let names = FileSystem.names(in: folder).filter { GGUFFileName($0)?.isProjector == true }
        let preferred = names.first { GGUFFileName($0)?.quantisation == "F16" } ?? names.first
        return preferred.map { "\(folder)/\($0)" }
    }

    /// The models, and what is wrong with those that are not whole. A projector belongs to the model if that is the
    /// only one.
    func contents() -> [Result<StoredModel, ModelProblem>] {
        let entries = entries()
        let projector = entries.count == 1 ? projector() : nil
        return entries.map { $0.model(name: $0.base, place: .file, projector: projector) }
    }

    /// The model of a name; nil: there is none.
    func model(_ name: String) -> Result<StoredModel, ModelProblem>? {
        contents().first { result in
            switch result {
            case .success(let model): model.answers(to: name)
            case .failure(let problem): problem.model == name
            }
        }
    }

    /// A file by its path, with the other parts if it is the first of several.
    static func model(path: String, as name: String) -> Result<StoredModel, ModelProblem> {
        guard !FileSystem.isFolder(path) else { return .failure(ModelProblem(name, .isFolder(path: path))) }
        let folder = GGUFFolder(folder: FileSystem.folder(of: path))
        let file = FileSystem.name(of: path)
        let listed = folder.entries().first { $0.names[1] == file }
        let entry = listed ?? Entry(folder: folder.folder, base: file, count: 1, names: [1: file])
        return entry.model(name: name, place: .file, projector: nil).map { found in
            var model = found
            model.name = entry.base
            return model
        }
    }
}

extension GGUFFolder.Entry {
    /// The model, if its files are there and begin as GGUF files do.
    func model(name: String, place: StoredModel.Place, projector: String?) -> Result<StoredModel, ModelProblem> {
        paths().mapError { ModelProblem(name, $0.cause) }.flatMap { paths in
            var bytes = 0
            for path in paths + (projector.map { [$0] } ?? []) {
                switch Self.size(of: path) {
                case .success(let size): bytes += size
                case .failure(let problem): return .failure(ModelProblem(name, problem.cause))
                }
            }
            var model = StoredModel(name: name, place: place, weights: firstPath, bytes: bytes)
            model.parts = paths
            model.projector = projector
            return .success(model)
        }
    }

    private static func size(of path: String) -> Result<Int, ModelProblem> {
        guard let size = FileSystem.size(of: path) else {
            return .failure(ModelProblem(path, .missing(path: path, isPartial: isIncomplete(path))))
        }
        guard FileSystem.isReadable(path) else { return .failure(ModelProblem(path, .unreadable(path: path))) }
        guard GGUFHeader.isGGUF(file: path) else {
            return .failure(ModelProblem(path, .badFile(.notGGUF(path: path))))
        }
        return .success(size)
    }

    /// Hugging Face's downloads grow under the blob's name with `.incomplete` behind it.
    private static func isIncomplete(_ path: String) -> Bool {
        guard let target = FileSystem.target(ofLink: path) else { return false }
        let blob = target.hasPrefix("/") ? target : "\(FileSystem.folder(of: path))/\(target)"
        let name = FileSystem.name(of: blob)
        return FileSystem.names(in: FileSystem.folder(of: blob)).contains {
            $0.hasPrefix(name) && $0.hasSuffix(".incomplete")
        }
    }
}
