import JSON
import Jobs
import Testing

@testable import RunPod

private func salvage(_ text: String) -> [TakenItem] {
    TakeSalvage.items(in: [UInt8](text.utf8), reason: "cut")
}

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
            #"{"id":"a","input":{"prompt":"xxxxx"#, #" { "id" : "a" , "input":["#, #"{"x":{"id":"b"},"id":"a","input":{"id":"c""#,
            #"[{"id":"a","input":{"prompt":"x"#, #"{"id":"\u0061","input":"\"#,
        ]
    )
    func cut(text: String) {
        #expect(salvage(text) == [.malformed(id: "a", reason: "cut")])
    }

    @Test(
        "nobody can be told of a job without a visible id",
        arguments: ["", "[", "{", #"{"input":{"id":"a""#, #"{"id":5,"input":"#, #"{"id":"","x":"#, #"{"id":"a"#, "nonsense", "17"]
    )
    func noID(text: String) {
        #expect(salvage(text).isEmpty)
    }

    @Test("neighbours of a job that cannot be read are run")
    func neighbours() {
        let items = salvage(#"[{"id":"a","input":{"prompt":"p"}},{"id":"b","input":{"prompt":truth}},{"id":"c","input":{}},{"id":"d","inp"#)
        #expect(items.map(id) == ["a", "b", "c", "d"])
        #expect(items[0] == .job(Job(id: "a", input: ["prompt": "p"], fields: ["id": "a", "input": ["prompt": "p"]])))
        #expect(items[1] == .malformed(id: "b", reason: "cut"))
        if case .malformed = items[2] { Issue.record("an empty input is an input") }
        #expect(items[3] == .malformed(id: "d", reason: "cut"))
    }

    @Test("any depth costs one pass and no stack")
    func depth() {
        let deep = String(repeating: "[", count: 5_000_000)
        #expect(salvage(#"{"id":"a","input":"# + deep) == [.malformed(id: "a", reason: "cut")])
        let closed = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(salvage(#"{"id":"a","input":"# + closed + "}") == [.malformed(id: "a", reason: "cut")])
    }

    @Test("bytes that are no UTF-8 spoil their own job only")
    func invalidUTF8() {
        var bytes = [UInt8](#"[{"id":"a","input":{"prompt":""#.utf8)
        bytes += [0xff, 0xfe] + [UInt8](#""}},{"id":"b","input":{"prompt":"p"}}]"#.utf8)
        let items = TakeSalvage.items(in: bytes, reason: "bad")
        #expect(items.map(id) == ["a", "b"])
        #expect(items[0] == .malformed(id: "a", reason: "bad"))
    }

    @Test("no byte sequence stops it", arguments: 0..<50)
    func anything(seed: Int) {
        var generator = SystemRandomNumberGenerator()
        let alphabet = [UInt8](#"{}[]",:\id a1"#.utf8)
        let bytes = (0..<2000).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
        _ = TakeSalvage.items(in: bytes, reason: "random")
    }
}

@Suite("whose addresses they are")
struct OwnershipTests {
    private let queue = Endpoints(
        take: "https://api.example.org/v2/ep/job-take/$ID",
        result: "https://api.example.org/v2/ep/job-done/$RUNPOD_POD_ID/$ID",
        stream: nil,
        ping: nil,
        workerID: "w"
    )

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
        #expect(queue.isSameServer(url) == isOurs)
    }
}
