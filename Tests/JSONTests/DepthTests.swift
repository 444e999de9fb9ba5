import Foundation
import JSON
import Testing

@Suite struct DepthTests {
    @Test(arguments: [(128, 128), (1, 1), (500, 500), (5_000, 500)])
    func `as many levels as allowed are taken, one more is refused`(allowed: Int, deepest: Int) throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = { (depth: Int) in
                String(repeating: open, count: depth - 1) + (open == "[" ? "[]" : "{}")
                    + String(repeating: close, count: depth - 1)
            }
            _ = try JSON(parsing: text(deepest), maximumDepth: allowed)
            #expect {
                try JSON(parsing: text(deepest + 1), maximumDepth: allowed)
            } throws: {
                ($0 as? JSON.ParseError)?.message == "nesting deeper than \(deepest) levels"
            }
        }
    }

    @Test func `depth is that of open brackets, not of all`() throws {
        let text = "[" + Array(repeating: "[{}]", count: 1_000).joined(separator: ",") + "]"
        #expect(try JSON(parsing: text, maximumDepth: 3).description == text)
    }

    @Test func `no depth allows plain values only`() throws {
        #expect(try JSON(parsing: "1", maximumDepth: 0) == 1)
        #expect(throws: JSON.ParseError.self) { try JSON(parsing: "[]", maximumDepth: 0) }
    }

    @Test func `a million open brackets are refused, not followed`() {
        for text in ["[", "{\"a\":", "[{\"a\":"] {
            #expect(throws: JSON.ParseError.self) {
                try JSON(parsing: String(repeating: text, count: 1_000_000), maximumDepth: .max)
            }
        }
    }

    @Test func `the deepest value fits a stack of 2 MiB, even in a debug build`() async {
        let text = String(repeating: "[{\"a\":", count: 250) + "1" + String(repeating: "}]", count: 250)
        let comesBack = await withCheckedContinuation { continuation in
            let thread = Thread {
                let value = try? JSON(parsing: text, maximumDepth: 500)
                let again = try? JSON(parsing: text, maximumDepth: 500)
                continuation.resume(
                    returning: value == again && value.hashValue == again.hashValue && value?.description == text
                )
            }
            thread.stackSize = 2 << 20
            thread.start()
        }
        #expect(comesBack)
    }
}
