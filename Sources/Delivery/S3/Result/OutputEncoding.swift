import Compression
import FoundationEssentials
public import JSON

/// How a job wants its output: as it is, or packed, because text shrinks to a third and the queue has a limit.
public enum OutputEncoding: String, Sendable, Hashable {
    /// As it is.
    case plain
    /// `{"encoding": "gzip+base64", "data": "…"}`
    case packed = "gzip+base64"

    /// What an input's `output_encoding` asks for; absent and null are ``plain``.
    public init(of input: JSON) throws(OutputEncodingError) {
        guard let wish = input["output_encoding"], !wish.isNull else {
            self = .plain
            return
        }
        guard wish.string == Self.packed.rawValue else {
            throw OutputEncodingError(
                description: "output_encoding can only be \"\(Self.packed.rawValue)\", or left out"
            )
        }
        self = .packed
    }

    /// The output in that form. Packing takes a second for 50 MB: large ones not on a cooperative thread.
    public func encode(_ output: JSON) throws(OutputEncodingError) -> JSON {
        guard self == .packed else { return output }
        do throws(GzipError) {
            // gzip's own frame, so that every language's standard library undoes both layers.
            let data = Data(try Gzip.pack(output.bytes)).base64EncodedString()
            return ["encoding": .string(rawValue), "data": .string(data)]
        } catch {
            throw OutputEncodingError(description: "the output could not be packed: \(error)")
        }
    }
}

/// A wish for an encoding that cannot be met.
public struct OutputEncodingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field, and what it takes; or what went wrong.
    public let description: String
}
