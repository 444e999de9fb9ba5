public import ModelStore

/// What happens during a pull, for whoever shows it. Events come from many threads.
public enum PullEvent: Sendable, Hashable {
    /// What there is to do: bytes of the whole model, and how many of them are on disk.
    case planned(model: String, bytes: Int, present: Int)
    /// So many more bytes are on disk.
    case fetched(bytes: Int)
    /// Another pull has this blob in hand.
    case waiting(for: String)
    /// Another pull has brought this blob: so many bytes need not be fetched.
    case broughtByOther(bytes: Int)
    /// A connection failed and will be tried again.
    case retrying(String, in: Duration)
    /// What came has a wrong digest and is thrown away; it is fetched once more.
    case startedOver(bytes: Int, wanted: BlobDigest, found: BlobDigest)
    /// The model can be used. False: it was all there before.
    case done(model: String, wasFetched: Bool)
}
