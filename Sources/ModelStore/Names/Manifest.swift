/// Which blobs make up a model.
///
/// It is a Docker image manifest (schema 2) whose layers are the model's parts.
public struct Manifest: Sendable, Hashable {
    /// A blob, and what it is for.
    public struct Layer: Sendable, Hashable {
        /// What it is for, such as `application/vnd.ollama.image.model`.
        public var mediaType: String
        /// The blob's name.
        public var digest: BlobDigest
        /// The blob's length in bytes.
        public var size: Int

        /// A layer of those parts.
        public init(mediaType: String, digest: BlobDigest, size: Int) {
            self.mediaType = mediaType
            self.digest = digest
            self.size = size
        }

        /// A layer that has a part in a model.
        public init(_ kind: Kind, digest: BlobDigest, size: Int) {
            self.init(mediaType: kind.mediaType, digest: digest, size: size)
        }

        /// What part it has in the model; nil: one that this program does not know.
        public var kind: Kind? {
            Kind.allCases.first { $0.mediaType == mediaType }
        }
    }

    /// The parts that a model may have.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Its weights, a GGUF file.
        case model
        /// How messages become a prompt, in Go's template language.
        case template
        /// Options for each request, a JSON object: `{"stop": ["<end>"]}`.
        case params
        /// The system prompt.
        case system
        /// What its owner allows.
        case license
        /// A LoRA on top of the weights, a GGUF file.
        case adapter
        /// The part that turns images into tokens, a GGUF file.
        case projector
        /// Messages that stand before each conversation, a JSON array.
        case messages

        /// The type that manifests give it.
        public var mediaType: String { "application/vnd.ollama.image.\(rawValue)" }
    }

    /// The type of a manifest itself; registries give it when this is asked for.
    public static let mediaType = "application/vnd.docker.distribution.manifest.v2+json"
    /// The type of the configuration blob.
    public static let configurationMediaType = "application/vnd.docker.container.image.v1+json"
    /// More bytes than any manifest has: of some 130 bytes a layer, models have a dozen.
    public static let sizeLimit = 1 << 20

    /// The blob that says what the model is.
    public var configuration: Layer
    /// The parts of the model, in the registry's order.
    public var layers: [Layer]

    /// A manifest of those parts.
    public init(configuration: Layer, layers: [Layer]) {
        self.configuration = configuration
        self.layers = layers
    }

    /// The first layer of a kind.
    public subscript(kind: Kind) -> Layer? {
        layers.first { $0.kind == kind }
    }

    /// All blobs, the configuration first.
    public var blobs: [Layer] { [configuration] + layers }
}
