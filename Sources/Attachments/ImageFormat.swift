/// The image formats that engines read, told by a file's first bytes.
enum ImageFormat: String, CaseIterable {
    case png, jpeg, gif, webp, bmp

    var mediaType: String { "image/\(rawValue)" }

    /// `nil`: none of them, whatever its name says. What is no picture is not passed on: an engine's decoder is the last
    /// place to meet a stranger's file, and a page behind a login is a common find.
    init?(of bytes: [UInt8]) {
        guard let format = Self.allCases.first(where: { $0.isFormat(of: bytes) }) else { return nil }
        self = format
    }

    private func isFormat(of bytes: [UInt8]) -> Bool {
        switch self {
        case .png: bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        case .jpeg: bytes.starts(with: [0xFF, 0xD8, 0xFF])
        case .gif: bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8)
        case .webp: bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
        case .bmp: Self.isBitmap(bytes)
        }
    }

    /// Two letters are too few to go by: the length of the header that follows says which version it is, and there are
    /// seven.
    private static func isBitmap(_ bytes: [UInt8]) -> Bool {
        guard bytes.starts(with: "BM".utf8), bytes.count >= 26 else { return false }
        return [12, 40, 52, 56, 64, 108, 124].contains(bytes[14]) && bytes[15...17].allSatisfy { $0 == 0 }
    }
}
