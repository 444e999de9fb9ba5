public import JSON
import Support

/// An object in a bucket.
public struct StoredObject: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// Fetches it without a key. A secret until it expires: it is for the job's client alone.
    public let url: String
    /// In bytes.
    public let size: Int
    /// When the URL ceases to work, in seconds since 1970: seven days after it was made.
    public let expires: Int

    /// Without the URL, which opens the object to whoever reads it.
    public var description: String { "an object of \(size) bytes" }
    /// Without the URL.
    public var debugDescription: String { description }
    /// Without the URL.
    public var customMirror: Mirror { Mirror(self, children: ["size": size, "expires": expires]) }
}

extension StoredObject {
    /// What a job answers instead of its output:
    /// `{"url": …, "size_bytes": …, "content_type": "application/json", "expires": "2026-01-02T03:04:05Z"}`.
    public var output: JSON {
        [
            "url": .string(url), "size_bytes": JSON(size), "content_type": .string(S3Call.json),
            "expires": .string(UTCTime(seconds: expires).text()),
        ]
    }
}
