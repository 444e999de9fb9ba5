import Glibc
import JSON
import ModelStore
import TestSupport

/// The store from which the recorded answers came, byte for byte but for the weights' numbers: the same manifests, the
/// same texts, the same header, the same sizes and times. So the answers have to be the same.
struct RecordedStore {
    static let weights = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
    static let size = 253_113_024
    private static let template =
        "{{ if .Tools }}Tools: {{ range .Tools }}{{ . }}\n{{ end }}{{ end }}{{ range .Messages }}{{ .Role }}: "
        + "{{ .Content }}{{ range .ToolCalls }}{\"name\": \"{{ .Function.Name }}\", \"arguments\": "
        + "{{ .Function.Arguments }}}{{ end }}\n{{ end }}assistant: "

    let folder: TemporaryFolder
    let store: OllamaStore

    /// - Parameter model: the real weights; nil: a file with their header and as many bytes, of which the disk holds
    ///   only the header
    init(weights model: String? = nil) throws {
        folder = try TemporaryFolder()
        store = OllamaStore(folder: folder.path("store"))
        let configuration = try blob(
            #"{"model_format":"gguf","model_family":"gemma3","model_families":["gemma3"],"model_type":"268.10M","#
                + #""file_type":"Q4_K_M","architecture":"amd64","os":"linux"}"# + "\n"
        )
        let template = try blob(Self.template)
        let parameters = try blob(#"{"stop":["\nuser:","\nassistant:"]}"# + "\n")
        let path = try folder.write("store/blobs/sha256-\(Self.weights)", model == nil ? try Self.header() : [])
        if let model {
            try FileSystem.symlink(path, to: model)
        } else {
            truncate(path, off_t(Self.size))
        }
        let layer = Self.layer("model", Self.weights, Self.size)
        try manifest("gemma", configuration, [layer], modified: (1_795_227_168, 405_731_781))
        let child = layer.dropLast() + #","from":"gemma:270m"}"#
        try manifest(
            "gemma-tools",
            configuration,
            [String(child), Self.layer("template", template, 238), Self.layer("params", parameters, 36)],
            modified: (1_795_227_404, 493_833_500)
        )
    }

    /// The listing of this store.
    var listing: ModelListing { ModelListing(StoreSearch(folders: [store.folder])) }

    private func blob(_ text: String) throws -> String {
        let digest = BlobDigest(of: Array(text.utf8))
        try folder.write("store/blobs/\(digest.fileName)", Array(text.utf8))
        return digest.hex
    }

    private func manifest(
        _ name: String,
        _ configuration: String,
        _ layers: [String],
        modified: (Int, Int)
    ) throws {
        let text =
            #"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":"#
            + #"{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"sha256:\#(configuration)","#
            + #""size":156},"layers":[\#(layers.joined(separator: ","))]}"# + "\n"
        let path = try folder.write("store/manifests/registry.ollama.ai/library/\(name)/270m", Array(text.utf8))
        setModified(path, seconds: modified.0, nanoseconds: modified.1)
    }

    private static func layer(_ kind: String, _ digest: String, _ size: Int) -> String {
        #"{"mediaType":"application/vnd.ollama.image.\#(kind)","digest":"sha256:\#(digest)","size":\#(size)}"#
    }

    /// A header that says what the recorded one said, made from the answer to `/api/show`.
    private static func header() throws -> [UInt8] {
        let shown = try Recording(name: "show").body()
        var writer = GGUFWriter()
        writer.add("general.name", "Gemma 3 270m")
        for (key, value) in try Require.some(shown["model_info"]?.object) where key != "general.parameter_count" {
            switch value {
            case .string(let text): writer.add(key, text)
            case .bool(let flag): writer.add(key, type: 7, [flag ? 1 : 0])
            case .null: writer.add(key, texts: ["a", "b"])
            case .number(let number) where key.hasSuffix("epsilon") || key.hasSuffix("freq_base"):
                writer.add(key, type: 6, GGUFWriter.little(Float(number.double).bitPattern))
            default: writer.add(key, UInt32(try Require.some(value.int)))
            }
        }
        for tensor in try Require.some(shown["tensors"]?.array) {
            let shape = tensor["shape"]?.array?.compactMap(\.int).map(UInt64.init) ?? []
            let type = ["F32": 0, "Q5_0": 6, "Q8_0": 8, "Q4_K": 12, "Q6_K": 14][tensor["type"]?.string]
            writer.addTensor(
                try Require.some(tensor["name"]?.string),
                shape,
                type: UInt32(try Require.some(type)),
                offset: 0
            )
        }
        return writer.header
    }
}

/// Gives a file the time of its last change.
func setModified(_ path: String, seconds: Int, nanoseconds: Int = 0) {
    let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
    utimensat(AT_FDCWD, path, [time, time], 0)
}
