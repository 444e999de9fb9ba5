/// Something that reads what others wrote.
protocol FuzzTarget: SendableMetatype {
    /// What `scripts/fuzz` calls it, and its corpus.
    static var name: String { get }

    /// Feeds it one input. Whatever the input, it returns, and every `promise` on the way is kept.
    static func run(_ input: [UInt8]) throws
}

let targets: [any FuzzTarget.Type] = [
    AnswerTarget.self,
    BucketTarget.self,
    GGUFTarget.self,
    HeadTarget.self,
    JobInputTarget.self,
    JSONTarget.self,
    LineTarget.self,
    ManifestTarget.self,
    ModelfileTarget.self,
    NameTarget.self,
    ParcelTarget.self,
    QueueTarget.self,
    RegistryTarget.self,
    SourceURLTarget.self,
    SSETarget.self,
    URLTarget.self,
]
