// What a job may be, and what our own port lets in.
extension Catalogue {
    /// The largest job.
    public static let jobMegabytes = Setting.integer(
        "job-megabytes",
        "The largest job that is taken in; a larger one is answered with an error.",
        group: .jobs,
        in: 1...1000,
        default: 20,
        unit: "megabytes"
    )
    /// Images of one job.
    public static let jobImages = Setting.integer(
        "job-images",
        "The most images that one job may bring.",
        group: .jobs,
        in: 0...1000,
        default: 16
    )
    /// The largest image.
    public static let imageMegabytes = Setting.integer(
        "image-megabytes",
        "The largest image of a job, decoded or fetched.",
        group: .jobs,
        in: 1...1000,
        default: 20,
        unit: "megabytes"
    )
    /// Whether URLs of jobs are fetched.
    public static let fetchURLs = Setting.toggle(
        "fetch-urls",
        "Fetch images that a job names by http(s) URL. Off, such a job is refused.",
        group: .jobs
    )
    /// Whether strangers may point at this network.
    public static let allowPrivateURLs = Setting.toggle(
        "allow-private-urls",
        "URLs of jobs (images, s3Config, webhooks) may lead to private and loopback addresses.",
        group: .jobs,
        aliases: ["RUNPOD_ALLOW_PRIVATE_DOWNLOAD_URLS"]
    )
    /// A file with keys.
    public static let apiKeyFile = Setting.text(
        "api-key-file",
        "A file with the keys that clients may show, one a line.",
        group: .server,
        takes: "a file"
    )
    /// Pages of other origins that may use the port.
    public static let corsOrigins = Setting.text(
        "cors-origins",
        "Origins whose pages may use serve from a browser.",
        group: .server,
        takes: "origins such as https://app.example.com separated by blanks or commas, or *",
        shown: "none"
    )
    /// How often a client may ask.
    public static let requestsPerMinute = Setting.integer(
        "requests-per-minute",
        "Requests that each key may make a minute (each address, where there is no key); 0: no limit.",
        group: .server,
        in: 0...1_000_000,
        default: 0
    )
    /// Connections to the port.
    public static let connections = Setting.integer(
        "connections",
        "Connections that serve holds at a time.",
        group: .server,
        in: 1...100_000,
        default: 1024
    )
}
