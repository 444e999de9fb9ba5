import JSON
import Logging
import Support

/// One event in the parts of which both forms of a line are made.
struct LogLine {
    /// The platform throttles large output; the official worker cuts at the same length.
    static let longestText = 4096

    let level: Logger.Level
    let job: String?
    let message: String
    /// In the order of their names, because metadata has none.
    let fields: [(key: String, value: JSON)]

    init(level: Logger.Level, message: String, metadata: Logger.Metadata) {
        var metadata = metadata
        let job = metadata.removeValue(forKey: LineHandler.jobKey)?.description ?? ""
        self.level = level
        self.job = job.isEmpty ? nil : job
        self.message = message.shortened(to: Self.longestText)
        fields = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value).shortened) }
    }

    /// `{"requestId":…,"message":…,"level":…,"time":…,fields…}` and a newline.
    func json(at time: UTCTime) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.append(text: #"{"requestId":"#)
        (job.map(JSON.string) ?? .null).write(into: &line)
        line.append(text: #","message":"#)
        JSON.string(message).write(into: &line)
        line.append(text: #","level":""#)
        line.append(text: level.platformName)
        line.append(text: #"","time":""#)
        time.write(decimals: 3, to: &line)
        line.append(UInt8(ascii: "\""))
        for (key, value) in fields {
            line.append(UInt8(ascii: ","))
            JSON.string(Self.reserved.contains(key) ? key + "_" : key).write(into: &line)
            line.append(UInt8(ascii: ":"))
            value.write(into: &line)
        }
        line.append(text: "}\n")
        return line
    }

    /// A field must not take the place of what the platform reads.
    private static let reserved: Set = ["message", "level", "time"]
}

extension Logger.Level {
    /// The level as the platform names it.
    var platformName: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error, .critical: "ERROR"
        }
    }
}

extension String {
    /// Without its middle if it is longer than `limit` characters: the beginning says what, and the end often why.
    func shortened(to limit: Int) -> String {
        // Characters are never more than bytes: most texts are not even counted.
        guard utf8.count > limit, unicodeScalars.count > limit else { return self }
        let room = limit - 64
        let cut = unicodeScalars.count - room
        // Slices between two places: a view of scalars is copied one by one, which took 100 µs.
        let head = unicodeScalars.index(startIndex, offsetBy: room / 2)
        let tail = unicodeScalars.index(endIndex, offsetBy: room / 2 - room)
        return "\(self[..<head]) … \(cut) characters cut … \(self[tail...])"
    }
}

extension JSON {
    /// A text is cut like a message; what has structure is not, because it would no longer be JSON.
    fileprivate var shortened: JSON {
        if case .string(let text) = self { .string(text.shortened(to: LogLine.longestText)) } else { self }
    }
}

extension [UInt8] {
    mutating func append(text: String) {
        append(contentsOf: text.utf8)
    }
}
