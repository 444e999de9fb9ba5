import Glibc
import JSON
import TestSupport

/// All recorded exchanges: those that answer a request, and those whose shape others are made after.
struct Library: Sendable {
    private let byName: [String: Recording]
    private let byRequest: [RequestKey: Recording]

    init(folder: String) throws {
        var byName: [String: Recording] = [:]
        for name in try Library.names(in: folder) {
            let json = try JSON(parsing: try Fixture.bytes(of: "\(folder)/\(name).json"))
            byName[name] = Recording(name: name, json: json)
        }
        self.byName = byName
        byRequest = Dictionary(
            byName.values.filter { !Recording.dependsOnMoreThanTheRequest($0.name) }.map { ($0.key, $0) },
            uniquingKeysWith: { $0.name < $1.name ? $0 : $1 }
        )
    }

    /// The answer that this request got.
    func answer(to key: RequestKey) -> Recording? {
        byRequest[key]
    }

    /// A recording that must be there.
    func recording(_ name: String) throws -> Recording {
        guard let recording = byName[name] else { throw UsageError(message: "there is no recording \(name)") }
        return recording
    }

    /// The names of those that are replayed for their request.
    var replayed: [String] {
        byRequest.values.map(\.name).sorted()
    }

    private static func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else { throw UsageError(message: "no recordings in \(folder)") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".json") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }
}
