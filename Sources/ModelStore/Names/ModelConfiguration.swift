import JSON

/// The configuration blob: what a model is, in the words that `ollama list` shows.
public struct ModelConfiguration: Sendable, Hashable {
    /// `gguf` for all that llama.cpp runs.
    public var format: String
    /// The architecture, such as `gemma3`.
    public var family: String?
    /// That, and what its projector is.
    public var families: [String]
    /// The number of parameters, such as `268.10M`.
    public var size: String?
    /// The quantisation, such as `Q4_K_M`.
    public var quantisation: String?
    /// How Ollama's own code turns messages into a prompt, where no template does.
    public var renderer: String?
    /// How Ollama's own code takes answers apart.
    public var parser: String?

    /// The configuration of a GGUF file that is made a model.
    public init(_ header: GGUFHeader) {
        format = "gguf"
        family = header.architecture
        families = header.architecture.map { [$0] } ?? []
        size = header.tensors.map { Self.shortNumber($0.parameters) }
        quantisation = header.quantisation
    }

    /// Reads a blob; nil if it is no JSON object.
    public init?(parsing bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes, maximumDepth: 16), json.object != nil else { return nil }
        format = json["model_format"]?.string ?? "gguf"
        family = json["model_family"]?.string
        families = json["model_families"]?.array?.compactMap(\.string) ?? []
        size = json["model_type"]?.string
        quantisation = json["file_type"]?.string
        renderer = json["renderer"]?.string
        parser = json["parser"]?.string
    }

    /// The blob as Ollama writes it, byte for byte, with the line feed at its end.
    ///
    /// - Note: `architecture` is always `amd64`: Ollama writes it on every machine, and the digest must not depend on
    ///   that
    public var bytes: [UInt8] {
        var json: JSON.Object = ["model_format": .string(format)]
        json["model_family"] = family.map(JSON.string)
        json["model_families"] = .array(families.map(JSON.string))
        json["model_type"] = size.map(JSON.string)
        json["file_type"] = quantisation.map(JSON.string)
        json["renderer"] = renderer.map(JSON.string)
        json["parser"] = parser.map(JSON.string)
        json["architecture"] = "amd64"
        json["os"] = "linux"
        return JSON.object(json).bytes + [UInt8(ascii: "\n")]
    }

    /// A number of parameters as Ollama shortens it: 268,098,176 is `268.10M`, 7,241,732,096 is `7.2B`, 77,100 is
    /// `77K`.
    static func shortNumber(_ number: Int) -> String {
        switch number {
        case 1_000_000_000...: "\(decimal(number, 1_000_000_000, places: 1))B"
        case 1_000_000...: "\(decimal(number, 1_000_000, places: 2))M"
        case 1000...: "\(decimal(number, 1000, places: 0))K"
        default: "\(number)"
        }
    }

    /// A quotient with so many decimal places, without any if it is whole.
    private static func decimal(_ number: Int, _ unit: Int, places: Int) -> String {
        guard number % unit != 0, places > 0 else { return "\((number + unit / 2) / unit)" }
        let scale = places == 1 ? 10 : 100
        let scaled = (number / unit) * scale + ((number % unit) * scale + unit / 2) / unit
        let fraction = String(scaled % scale)
        return "\(scaled / scale).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}
