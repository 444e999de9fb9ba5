import JSON
@testable import ModelFetch

/// A Modelfile of anybody's: errors name a line that exists, and what is taken over can be written to a store.
enum ModelfileTarget: FuzzTarget {
    static let name = "modelfile"

    static func run(_ input: [UInt8]) throws {
        let text = String(decoding: input, as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
        let file: Modelfile
        do {
            file = try Modelfile(parsing: text)
        } catch {
            promise((1...lines).contains(error.line), "\(error) is one of \(lines) lines")
            return
        }
        promise(!file.files.isEmpty, "a model has a file")
        for path in file.files + file.adapters {
            promise((1...lines).contains(path.line), "line \(path.line) is one of \(lines)")
            promise(path.path.lowercased().hasSuffix(".gguf"), "only GGUF files are named: \(path.path)")
        }
        let parameters = JSON.object(JSON.Object(file.parameters.map { (key: $0.key, value: $0.value) }))
        for json in [parameters, .array(file.messages)] {
            let written = GoJSON.bytes(json)
            promise(try GoJSON.bytes(JSON(parsing: written)) == written, "sorted and escaped once is enough")
        }
    }
}
