/// The cache that Hugging Face's libraries share: `models--ORG--NAME/snapshots/HASH/FILE` links to `blobs/SHA256`.
///
/// The platform fills such a cache without billing the download, so a GGUF file there is the cheapest start of all.
public struct HuggingFaceCache: Sendable, Hashable {
    /// The folder with `models--…` in it.
    public let folder: String

    /// The cache in a folder, which need not exist.
    public init(folder: String) {
        self.folder = folder
    }

    /// The models with GGUF files, one for each quantisation, and what is wrong with those that are not whole.
    /// Blocking.
    public func contents() -> [Result<StoredModel, ModelProblem>] {
        repositories().flatMap { repository in
            files(of: repository).map { file in model(file, repository.name(file.tag)) }
        }
    }

    /// A model by `org/name:QUANTISATION`, with or without `hf.co/` before it. Blocking.
    ///
    /// The tag may also be the file's name or its folder's. Without one it is the only file, else `Q4_K_M`, which is
    /// what Hugging Face itself serves then.
    public func model(_ reference: ModelReference) -> Result<StoredModel, ModelProblem> {
        let missing = ModelProblem(reference.short, .notFound(searched: [folder], unfinished: []))
        guard reference.isHuggingFace || reference.host == ModelReference.usualHost,
            let repository = repositories().first(where: { $0.isMeant(by: reference) })
        else { return .failure(missing) }
        let files = files(of: repository)
        let isDefault = reference.tag == ModelReference.usualTag
        let tag = isDefault && files.count > 1 ? "Q4_K_M" : reference.tag
        let chosen = files.first { $0.tag.lowercased() == tag.lowercased() } ?? files.first { $0.answers(to: tag) }
        if let file = chosen ?? (isDefault && files.count == 1 ? files.first : nil) {
            return model(file, repository.name(isDefault ? file.tag : reference.tag))
        }
        guard isDefault, !files.isEmpty else { return .failure(missing) }
        return .failure(ModelProblem(reference.short, .ambiguous(choices: files.map { repository.name($0.tag) })))
    }

    private struct Repository {
        let path: String
        let organisation: String
        let model: String

        func name(_ tag: String) -> String { "\(ModelReference.huggingFaceHost)/\(organisation)/\(model):\(tag)" }

        func isMeant(by reference: ModelReference) -> Bool {
            organisation.lowercased() == reference.namespace.lowercased()
                && model.lowercased() == reference.model.lowercased()
        }
    }

    private func repositories() -> [Repository] {
        FileSystem.names(in: folder).compactMap { name in
            guard name.hasPrefix("models--"), let gap = name.dropFirst(8).firstRange(of: "--") else { return nil }
            let (organisation, model) = (name.dropFirst(8)[..<gap.lowerBound], name[gap.upperBound...])
            guard !organisation.isEmpty, !model.isEmpty else { return nil }
            return Repository(path: "\(folder)/\(name)", organisation: String(organisation), model: String(model))
        }
    }

    private func files(of repository: Repository) -> [GGUFFolder.Entry] {
        guard let snapshot = snapshot(of: repository) else { return [] }
        // Large repositories have a folder for each quantisation.
        let folders =
            [snapshot] + FileSystem.names(in: snapshot).map { "\(snapshot)/\($0)" }.filter(FileSystem.isFolder)
        return folders.flatMap { GGUFFolder(folder: $0).entries() }
    }

    /// The snapshot that `main` names, else one that has GGUF files.
    private func snapshot(of repository: Repository) -> String? {
        let root = "\(repository.path)/snapshots"
        let main = FileSystem.contents(of: "\(repository.path)/refs/main", limit: 256)
            .map { String(decoding: $0.filter(\.isAlphanumeric), as: UTF8.self) }
        if let main, !main.isEmpty, FileSystem.isFolder("\(root)/\(main)") { return "\(root)/\(main)" }
        let snapshots = FileSystem.names(in: root).map { "\(root)/\($0)" }
        return snapshots.last { !GGUFFolder(folder: $0).entries().isEmpty } ?? snapshots.last
    }

    private func model(_ file: GGUFFolder.Entry, _ name: String) -> Result<StoredModel, ModelProblem> {
        // Projectors lie at the top, also where each quantisation has its folder.
        let above = FileSystem.folder(of: file.folder)
        let projector =
            GGUFFolder(folder: file.folder).projector()
            ?? (above.hasSuffix("/snapshots") ? nil : GGUFFolder(folder: above).projector())
        return file.model(name: name, place: .huggingFace(folder: folder), projector: projector).map { found in
            var model = found
            if model.parts.count == 1 { model.digest = Self.digest(ofLink: model.weights) }
            return model
        }
    }

    /// The SHA-256 that names a cached file. Small files are named by another hash of 40 digits.
    static func digest(ofLink path: String) -> BlobDigest? {
        FileSystem.target(ofLink: path).flatMap { BlobDigest(hex: FileSystem.name(of: $0)) }
    }
}

extension GGUFFolder.Entry {
    /// What stands behind the colon.
    fileprivate var tag: String { quantisation ?? base }

    fileprivate func answers(to tag: String) -> Bool {
        let wanted = tag.lowercased()
        let plain = quantisation.map { $0.hasPrefix("UD-") ? String($0.dropFirst(3)) : $0 }
        return [quantisation, plain, base, "\(base).gguf", FileSystem.name(of: folder)]
            .contains { $0?.lowercased() == wanted }
    }
}
