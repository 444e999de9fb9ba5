public import Generation
import Glibc
public import JSON
import Support

/// Jobs that are run before the first real one: a file of job inputs, a JSON object a line.
public struct WarmUpFile: Sendable, Hashable {
    /// One job to run.
    public struct Line: Sendable, Hashable {
        /// Where it stands in the file, from 1.
        public let number: Int
        /// The job's input.
        public let input: JSON
    }

    /// Why a file is of no use: what is wrong, where, and what to do.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// For a person.
        public let description: String
    }

    /// More would make no start warmer and every start longer.
    public static let maximumBytes = 16 << 20
    /// The jobs, in the file's order.
    public let lines: [Line]

    /// Reads a file and checks each line as a job's input. Blocks; for use at start.
    public init(path: String, policy: GenerationPolicy = GenerationPolicy()) throws(Problem) {
        errno = 0
        guard let bytes = SmallFile.bytes(of: path, limit: Self.maximumBytes) else {
            // A file that is too large is no error of the system's.
            let reason = errno == 0 ? "it is larger than \(Self.maximumBytes) bytes" : String(cString: strerror(errno))
            throw Problem(description: "the warm-up file \(path) cannot be read: \(reason)")
        }
        try self.init(parsing: bytes, named: path, policy: policy)
    }

    /// Checks a file's bytes. Empty lines are skipped.
    public init(
        parsing bytes: [UInt8],
        named name: String,
        policy: GenerationPolicy = GenerationPolicy()
    ) throws(Problem) {
        var lines: [Line] = []
        let pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, piece) in pieces.enumerated() where !piece.allSatisfy(Self.isBlank) {
            let number = index + 1
            do throws(JSON.ParseError) {
                lines.append(Line(number: number, input: try JSON(parsing: Array(piece))))
            } catch {
                throw Problem(description: "line \(number) of the warm-up file \(name) is not JSON: \(error)")
            }
            do throws(InputError) {
                _ = try JobRequest(parsing: lines[lines.count - 1].input, policy: policy)
            } catch {
                throw Problem(description: "line \(number) of the warm-up file \(name) is no job's input: \(error)")
            }
        }
        guard !lines.isEmpty else {
            throw Problem(
                description: "the warm-up file \(name) holds no line such as {\"prompt\": \"Hello\", \"max_tokens\": 1}"
            )
        }
        self.lines = lines
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
