extension StoreSearch {
    /// A folder into which a platform unpacks a model's archive, with those of its folders that hold models, for
    /// `modelFolders`.
    ///
    /// SageMaker fills `/opt/ml/model` from a `model.tar.gz`, and whoever packed that may have packed the files or the
    /// folder around them. A search looks into no folder below the ones that it is given: on a volume of somebody's it
    /// could find anything. Here the folder's only purpose is to hold the model. Blocking.
    /// - Returns: the folder, whether or not it is there, then those directly below it with an Ollama store or GGUF
    ///   files, by name
    public static func folders(unpackedIn root: String) -> [String] {
        let below = FileSystem.names(in: root).map { FileSystem.path($0, in: root) }.filter { folder in
            OllamaStore(folder: folder).exists || !GGUFFolder(folder: folder).entries().isEmpty
        }
        return [root] + below
    }

    /// Where models of volumes lie, unless configured. Blocking.
    public static func usualFolders() -> [String] {
        usualVolumes + folders(unpackedIn: unpackedFolder)
    }
}
