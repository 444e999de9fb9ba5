import ArgumentParser
import Gateway
import Glibc
import Logging
import Support

/// The keys that clients may show: those of `KINDLING_API_KEY`, and those in the file of `KINDLING_API_KEY_FILE`.
struct ServerKeys {
    let all: [String]

    var isEmpty: Bool { all.isEmpty }

    /// - Throws: if the file cannot be read, or holds no key: a port that was meant to have one must not open without
    init(_ host: Host) throws {
        var text = host.settings[Catalogue.apiKey] ?? ""
        if let path = host.settings[Catalogue.apiKeyFile] {
            guard let bytes = SmallFile.bytes(of: path) else {
                let reason = String(cString: strerror(errno))
                throw ValidationError("KINDLING_API_KEY_FILE: \(path) cannot be read: \(reason)")
            }
            let file = String(decoding: bytes, as: UTF8.self)
            guard !KeyList(parsing: file).keys.isEmpty else {
                throw ValidationError("KINDLING_API_KEY_FILE: there is no key in \(path); write one a line")
            }
            text += "\n" + file
        }
        let list = KeyList(parsing: text)
        for warning in list.warnings { host.logger.warning("\(warning)") }
        all = list.keys
    }
}
