@testable import HTTPTransport

/// A head of any shape ends within its limit, and gives what stands in it, trimmed.
enum HeadTarget: FuzzTarget {
    static let name = "http-head"

    private static let limit = 512

    static func run(_ input: [UInt8]) {
        for follows in [false, true] {
            var parser = HeadParser(maximumBytes: limit, followsRedirects: follows)
            var (taken, answers) = (0, [ResponseHead]())
            for line in lines(of: input) {
                taken += line.count
                switch line.withUnsafeBytes({ parser.line($0) }) {
                case .more: promise(taken <= limit, "a head has at most \(limit) bytes")
                case .tooLarge: promise(taken > limit, "\(taken) bytes are not too many")
                case .complete(let head): answers.append(head)
                }
            }
            if let head = parser.settle() { answers.append(head) }
            promise(answers.count <= 1, "an exchange has one answer")
            answers.forEach(check)
        }
    }

    private static func check(_ head: ResponseHead) {
        promise(head.status >= 200, "an answer is final: \(head.status)")
        let bytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        // A byte that is not UTF-8 becomes three.
        promise(bytes <= 3 * limit, "headers have no more than came in: \(bytes)")
        for header in head.headers {
            promise(head.headers[header.name] != nil, "\(header.name) is found by its name")
            promise(!header.value.utf8.contains(UInt8(ascii: "\n")), "no value has a line of its own")
        }
        let wait = head.headers.retryAfter(now: 1_795_000_000)
        promise(wait.map { (.zero ... .seconds(300)).contains($0) } ?? true, "a wait is short: \(wait ?? .zero)")
    }

    /// As curl hands them over: each with its line feed.
    private static func lines(of input: [UInt8]) -> [[UInt8]] {
        input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { $0 + [UInt8(ascii: "\n")] }
    }
}
