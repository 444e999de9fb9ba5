/// Where models are looked for, in this order, without ever asking a network.
///
/// 1. Ollama stores: `OLLAMA_MODELS` if that is a folder, the store baked into the image, the configured volumes, and
///    Ollama's own places.
/// 2. Plain GGUF files in the same folders.
/// 3. Hugging Face caches.
///
/// The baked store lies at `/opt/kindling/models`, outside the usual mount points: a volume mounted over a baked store
/// hides it.
public struct StoreSearch: Sendable, Hashable {
    /// Where images are baked to.
    public static let bakedFolder = "/opt/kindling/models"
    /// Where volumes have stores, unless configured.
    public static let usualVolumes = ["/models", "/runpod-volume/ollama"]
    /// Where SageMaker unpacks a model's archive.
    public static let unpackedFolder = "/opt/ml/model"

    /// Folders that may be Ollama stores, hold GGUF files, or both.
    public let folders: [String]
    /// Hugging Face caches.
    public let caches: [String]
    /// What `~` means.
    public let home: String?

    /// The places of an environment, with the volumes that the user configured.
    public init(environment: [String: String], modelFolders: [String] = StoreSearch.usualFolders()) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let home = value("HOME")
        func places(_ paths: [String?]) -> [String] {
            var seen: Set<String> = []
            return paths.compactMap { path in
                let path = path.map { FileSystem.expand(Self.withoutSlash($0), home: home) }
                return path.flatMap { seen.insert($0).inserted ? $0 : nil }
            }
        }
        self.home = home
        folders = places(
            [value("OLLAMA_MODELS").flatMap(Self.folder(inOllamaModels:)), Self.bakedFolder] + modelFolders
                + [home.map { "\($0)/.ollama/models" }, "/usr/share/ollama/.ollama/models"]
        )
        caches = places([
            value("HF_HUB_CACHE"), value("HF_HOME").map { "\(Self.withoutSlash($0))/hub" },
            "/runpod-volume/huggingface-cache/hub", home.map { "\($0)/.cache/huggingface/hub" },
        ])
    }

    /// These places and no others.
    public init(folders: [String], caches: [String] = [], home: String? = nil) {
        self.folders = folders
        self.caches = caches
        self.home = home
    }

    /// The folder that `OLLAMA_MODELS` names; nil if it holds names of models to warm.
    public static func folder(inOllamaModels value: String) -> String? {
        value.first.map { "/.~".contains($0) } == true ? value : nil
    }

    private static func withoutSlash(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
