import JSON

extension Manifest {
    /// Why a text is no manifest.
    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong and where, such as `layers[0].size is not a number of bytes`.
        public let description: String
    }

    /// Reads a manifest as registries serve it and stores keep it.
    public init(parsing bytes: [UInt8]) throws(ParseError) {
        // Ollama's own word for it, an empty file being what a full disk leaves behind, is "EOF".
        guard !bytes.isEmpty else { throw ParseError(description: "it is empty") }
        let json: JSON
        do {
            json = try JSON(parsing: bytes, maximumDepth: 16)
        } catch {
            throw ParseError(description: "it is not JSON: \(error)")
        }
        guard let configuration = json["config"] else { throw ParseError(description: "it has no config") }
        guard let layers = json["layers"]?.array else { throw ParseError(description: "it has no list of layers") }
        self.configuration = try Layer(configuration, at: "config")
        self.layers = []
        for (index, layer) in layers.enumerated() {
            self.layers.append(try Layer(layer, at: "layers[\(index)]"))
        }
    }

    /// The manifest as Ollama writes it, byte for byte, with the line feed at its end: the SHA-256 of these bytes is
    /// what Ollama calls the model's digest.
    public var bytes: [UInt8] {
        let json: JSON = [
            "schemaVersion": 2, "mediaType": .string(Self.mediaType), "config": configuration.json,
            "layers": .array(layers.map(\.json)),
        ]
        return json.bytes + [UInt8(ascii: "\n")]
    }
}

extension Manifest.Layer {
    fileprivate init(_ json: JSON, at place: String) throws(Manifest.ParseError) {
        guard let mediaType = json["mediaType"]?.string else {
            throw .init(description: "\(place) has no mediaType")
        }
        guard let text = json["digest"]?.string, let digest = BlobDigest(text) else {
            throw .init(description: "\(place).digest is not \"sha256:\" with 64 hexadecimal digits")
        }
        // A sum of a thousand layers of 2^48 bytes still fits.
        guard let size = json["size"]?.int, (0...1 << 48).contains(size) else {
            throw .init(description: "\(place).size is not a number of bytes")
        }
        self.init(mediaType: mediaType, digest: digest, size: size)
    }

    fileprivate var json: JSON {
        ["mediaType": .string(mediaType), "digest": .string(digest.description), "size": JSON(size)]
    }
}
