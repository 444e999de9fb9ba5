import JSON
import Jobs
import Testing

@testable import RunPod

/// - Parameter maximum: the size from which on a job that was cut is too large
private func salvage(_ text: String, cutAbove maximum: Int = 0) -> [TakenItem] {
    TakeSalvage.items(in: [UInt8](text.utf8), .cut(maximumJobSize: maximum))
}

private let tooLarge = "it is larger than the 0 bytes that are taken"

private func id(_ item: TakenItem) -> String? {
    switch item {
    case .job(let job): job.id
    case .malformed(let id, _): id
    }
}

@Suite("what can be saved of an answer that is not JSON as a whole")
struct TakeSalvageTests {
    @Test(
        "a job whose id can be seen is answered, wherever the id stands and the text ends",
        arguments: [
            #"{"id":"a","input":{"prompt":"xxxxx"#, #" { "id" : "a" , "input":["#,
            #"{"x":{"id":"b"},"id":"a","input":{"id":"c""#,
            #"[{"id":"a","input":{"prompt":"x"#, #"{"id":"\u0061","input":"\"#,
        ]
    )
    func cut(text: String) {
        #expect(salvage(text) == [.malformed(id: "a", reason: tooLarge)])
    }

    @Test(
        "nobody can be told of a job without a visible id",
        arguments: [
            "", "[", "{", #"{"input":{"id":"a""#, #"{"id":5,"input":"#, #"{"id":"","x":"#, #"{"id":"a"#, "nonsense",
            "17",
        ]
    )
    func noID(text: String) {
        #expect(salvage(text).isEmpty)
    }

    @Test("neighbours of a job that cannot be read are run")
    func neighbours() {
        let items = salvage(
            #"[{"id":"a","input":{"prompt":"p"}},{"id":"b","input":{"prompt":truth}},{"id":"c","input":{}},{"id":"d","inp"#
        )
        #expect(items.map(id) == ["a", "b", "c", "d"])
        #expect(items[0] == .job(Job(id: "a", input: ["prompt": "p"], fields: ["id": "a", "input": ["prompt": "p"]])))
        #expect(items[1] == .malformed(id: "b", reason: "it is not JSON"))
        if case .malformed = items[2] { Issue.record("an empty input is an input") }
        #expect(items[3] == .malformed(id: "d", reason: tooLarge))
    }

    @Test("a job of permitted size at the cut is told nothing, but the log is: the queue hands it out again")
    func cutByItsNeighbours() {
        let text = #"[{"id":"a","input":{"prompt":"p"}},{"id":"b","input":{"prompt":"xxx"#
        let seen = text.utf8.count - #"[{"id":"a","input":{"prompt":"p"}},"#.utf8.count
        let items = salvage(text, cutAbove: seen + 1)
        #expect(items.map(id) == ["a", nil])
        guard case .malformed(nil, let reason) = items.last else { return }
        #expect(reason.hasPrefix("job b was cut off after \(seen) bytes"))
        #expect(salvage(text, cutAbove: seen).map(id) == ["a", "b"], "so much was seen of it that it is too large")
    }

    @Test("whose id comes behind the cut is told of in the log too")
    func cutBeforeItsID() {
        guard case .malformed(nil, let reason)? = salvage(#"{"input":{"#, cutAbove: 100).first else {
            Issue.record("no word of it")
            return
        }
        #expect(reason.hasPrefix("a job was cut off after 10 bytes"))
    }

    @Test("any depth costs one pass and no stack")
    func depth() {
        let deep = String(repeating: "[", count: 5_000_000)
        #expect(salvage(#"{"id":"a","input":"# + deep) == [.malformed(id: "a", reason: tooLarge)])
        let closed = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(salvage(#"{"id":"a","input":"# + closed + "}") == [.malformed(id: "a", reason: "it is not JSON")])
    }

    @Test("bytes that are no UTF-8 spoil their own job only")
    func invalidUTF8() {
        var bytes = [UInt8](#"[{"id":"a","input":{"prompt":""#.utf8)
        bytes += [0xff, 0xfe] + [UInt8](#""}},{"id":"b","input":{"prompt":"p"}}]"#.utf8)
        let items = TakeSalvage.items(in: bytes, .notJSON("bad"))
        #expect(items.map(id) == ["a", "b"])
        #expect(items[0] == .malformed(id: "a", reason: "it is not JSON: bad"))
    }

    @Test("no byte sequence stops it", arguments: 0..<50)
    func anything(seed: Int) {
        var generator = SystemRandomNumberGenerator()
        let alphabet = [UInt8](#"{}[]",:\id a1"#.utf8)
        let bytes = (0..<2000).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
        _ = TakeSalvage.items(in: bytes, .cut(maximumJobSize: seed * 20))
    }
}

@Suite("whose addresses they are")
struct OwnershipTests {
    private static let result = "https://api.example.org/v2/ep/job-done/$RUNPOD_POD_ID/$ID"

    private func queue(result: String = Self.result, stream: String? = nil) -> Endpoints {
        Endpoints(
            take: "https://api.example.org/v2/ep/job-take/$ID",
            result: result,
            stream: stream,
            ping: nil,
            workerID: "w"
        )
    }

    @Test(
        "only the server that our own results go to may see our key",
        arguments: [
            ("https://api.example.org/v2/other/job-done/w/j", true), ("https://API.example.org/x", true),
            ("http://api.example.org/v2/ep/job-done/w/j", false), ("https://api.example.org.evil.test/", false),
            ("https://api.example.org@evil.test/", false), ("https://api.example.org:8443/", false),
            ("https://evil.test/https://api.example.org/", false), ("https://api.example.org\\@evil.test/", false),
            ("", false), ("/v2/ep", false),
        ]
    )
    func sameServer(url: String, isOurs: Bool) {
        let ours = "https://api.example.org/v2/ep/job-done/w/j"
        #expect(queue().owns(result: url, stream: ours) == isOurs)
        #expect(queue().owns(result: ours, stream: url) == isOurs)
    }

    @Test("chunks may go to another server than results, and each only to its own")
    func otherServerForChunks() {
        let queue = queue(stream: "https://stream.example.org/$ID")
        let (result, stream) = (queue.result(of: "j", isStream: true), queue.stream(of: "j"))
        #expect(queue.owns(result: result, stream: stream))
        #expect(!queue.owns(result: stream, stream: stream))
        #expect(!queue.owns(result: result, stream: result))
        #expect(!queue.owns(result: stream, stream: result))
    }

    @Test("a template that is no URL owns nothing")
    func noURL() {
        #expect(!queue(result: "").owns(result: "", stream: ""))
    }
}
