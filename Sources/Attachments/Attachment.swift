/// A picture that a job's URL pointed to.
public struct Attachment: Sendable, Hashable {
    /// What it is by its first bytes, `image/png`; what the server calls it is not believed.
    public let mediaType: String
    /// The whole file.
    public let bytes: [UInt8]

    /// An attachment.
    public init(mediaType: String, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }
}
