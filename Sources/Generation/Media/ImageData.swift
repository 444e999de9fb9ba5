import FoundationEssentials

/// A picture that a job named by its URL and the worker has fetched.
public struct ImageData: Sendable, Hashable {
    /// `image/png`
    public let mediaType: String
    /// The whole file.
    public let bytes: [UInt8]

    /// A picture.
    public init(mediaType: String, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }

    var dataURL: String { "data:\(mediaType);base64,\(base64)" }

    /// `FoundationEssentials` is in the binary anyway, with Hummingbird; Foundation itself would bring 44 MB.
    var base64: String { Data(bytes).base64EncodedString() }
}
