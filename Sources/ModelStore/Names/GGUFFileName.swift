/// What the name of a GGUF file says by custom: `NAME-QUANTISATION[-00001-of-00003].gguf`, `mmproj-….gguf`.
public struct GGUFFileName: Sendable, Hashable {
    /// A file's place among those that a model was split into.
    public struct Part: Sendable, Hashable {
        /// From 1.
        public let index: Int
        /// How many there are.
        public let count: Int
    }

    /// The name without the part's number and `.gguf`.
    public let base: String
    /// Which part of the model it is; nil: the whole.
    public let part: Part?
    /// Whether it is the part that turns images into tokens.
    public let isProjector: Bool

    /// Takes a file's name apart; nil if it does not end in `.gguf`.
    public init?(_ name: String) {
        guard name.lowercased().hasSuffix(".gguf") else { return nil }
        let stem = name.dropLast(5)
        part = Self.part(of: stem)
        base = String(part == nil ? stem : stem.dropLast(Self.partLength))
        isProjector = stem.lowercased().contains("mmproj")
    }

    /// The quantisation in the name in upper case, such as `Q4_K_M` or `UD-Q4_K_XL`; nil if there is none.
    public var quantisation: String? {
        let text = Array(base.uppercased().utf8)
        let starts = text.indices.filter { $0 == 0 || !text[$0 - 1].isAlphanumeric }
        for start in starts.reversed() {
            let word = String(decoding: text[start...].prefix { $0 != .hyphen && $0 != .dot }, as: UTF8.self)
            guard Self.isQuantisation(word) else { continue }
            // A dynamic quantisation is another file than the plain one of that name.
            let isDynamic = text[..<start].suffix(3).elementsEqual("UD-".utf8)
            return isDynamic ? "UD-\(word)" : word
        }
        return nil
    }

    private static func isQuantisation(_ word: String) -> Bool {
        if ["F16", "F32", "BF16", "FP16", "FP32", "MXFP4", "MXFP4_MOE", "NVFP4"].contains(word) { return true }
        let prefix = word.prefix { $0.isLetter }
        return ["Q", "IQ", "TQ"].contains(prefix) && word.dropFirst(prefix.count).first?.isNumber == true
    }

    /// `-00001-of-00003`
    private static let partLength = 15

    private static func part(of stem: Substring) -> Part? {
        let fields = stem.suffix(partLength).split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 4, fields[0].isEmpty, fields[2] == "of", fields[1].count == 5, fields[3].count == 5,
            let index = Int(fields[1]), let count = Int(fields[3]), index >= 1, index <= count, count > 1
        else { return nil }
        return Part(index: index, count: count)
    }
}
