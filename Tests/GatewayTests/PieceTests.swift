import JSON
import Testing

@testable import Gateway

struct PieceTests {
    @Test(
        arguments: [
            ("/", .home), ("/health", .health), ("/v2/x/health", .health), ("/run/", .run), ("//run", .run),
            ("/v2/x/runsync", .runSync), ("/status/a%2Fb", .status(job: "a/b")),
            ("/v2/x/openai/v1/models", .openAI("/v1/models")),
            ("/v2/x/job-take/w%20", .take(worker: "w ")), ("/v2/x/job-stream/w/j", .chunk(worker: "w", job: "j")),
            ("/job-take/w", nil), ("/v2/x", nil), ("/v2/run", nil), ("/run/x", nil),
        ] as [(String, Route?)]
    )
    func pathsLeadToRoutes(path: String, route: Route?) {
        #expect(Route(Target(path: path, query: nil).segments) == route)
    }

    @Test func parametersAreDecoded() {
        let target = Target(path: "/", query: "gpu=NVIDIA+H100&job_id=a%2Cb&flag&odd=%zz%4&x=1=2&%41=b")
        #expect(target["gpu"] == "NVIDIA+H100")
        #expect(target["job_id"] == "a,b")
        #expect(target["flag"] == "")
        #expect(target["odd"] == "%zz%4")
        #expect(target["x"] == "1=2")
        #expect(target["A"] == "b")
        #expect(target["none"] == nil)
    }

    @Test(
        arguments: [
            ("127.0.0.1", true), ("127.255.0.9", true), ("localhost", true), ("LOCALHOST", true), ("::1", true),
            ("[::1]", true), ("127.evil.example", false), ("127.0.0.1.evil.example", false), ("127.0.0", false),
            ("127.0.0.256", false), ("127.0.0.+1", false), ("127.0.0.", false), ("127..0.1", false), ("127.1", false),
            ("127.0.0.1\0", false), ("128.0.0.1", false), ("0.0.0.0", false), ("::", false), ("::1.evil", false),
            ("", false), ("localhost.evil.example", false), ("[127.0.0.1]", false),
        ]
    )
    func loopbackAddressesAreToldFromNames(host: String, isLoopback: Bool) {
        #expect(LoopbackAddress.isOne(host) == isLoopback)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("[::1]", "[::1]"), ("host.example", "host.example"),
        ("::", "[::]"),
    ])
    func onlyIPv6NeedsBracketsInAURL(host: String, written: String) {
        #expect(LoopbackAddress.urlHost(host) == written)
    }

    @Test func jobIdsAreDistinctUUIDsWithTheirSuffix() throws {
        let pattern = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-u1/
        let ids = (0..<1000).map { _ in JobID.make() }
        #expect(ids.allSatisfy { $0.wholeMatch(of: pattern) != nil })
        #expect(Set(ids).count == ids.count)
        #expect(JobID.make(isSync: true).hasPrefix("sync-"))
    }

    @Test(
        arguments: [
            ("data: 1\n\n", "data: 1\n\n", false),
            ("data: 1\n", "data: 1\n\n", false),
            ("data: 1", "data: 1\n\n", false),
            ("event: x\ndata: 1\n\n", "event: x\ndata: 1\n\n", false),
            ("plain", "data: plain\n\n", false),
            (["a": 1], "data: {\"a\":1}\n\n", false),
            ("data: 1\n\ndata: [DONE]\n\n", "data: 1\n\ndata: [DONE]\n\n", true),
            // The words within a text are not the end of the stream.
            ("data: {\"t\":\"data: [DONE]\"}\n\n", "data: {\"t\":\"data: [DONE]\"}\n\n", false),
        ] as [(JSON, String, Bool)]
    )
    func chunksBecomeWholeEvents(chunk: JSON, text: String, isDone: Bool) {
        var events = EventText()
        events.append(chunk)
        #expect(events.take() == text)
        #expect(events.isDone == isDone)
        #expect(events.take().isEmpty)
    }
}
