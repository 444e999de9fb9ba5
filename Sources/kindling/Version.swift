/// This program's name and version, as `--version`, the user agent and the heartbeat say it.
enum Version {
    static let number = "0.1.0"
    static let userAgent = "kindling/\(number)"
}
