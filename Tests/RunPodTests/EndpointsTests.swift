import JSON
import Jobs
import Testing

@testable import RunPod

private let base = "https://api.example.org/v2/ep"

private func endpoints(query: String = "?gpu=NVIDIA+RTX+A5000", ping: String? = "\(base)/ping/$RUNPOD_POD_ID")
    -> Endpoints
{
    Endpoints(
        take: "\(base)/job-take/$ID\(query)",
        result: "\(base)/job-done/$RUNPOD_POD_ID/$ID\(query)",
        stream: "\(base)/job-stream/$RUNPOD_POD_ID/$ID\(query)",
        ping: ping,
        workerID: "w1"
    )
}

@Suite("endpoints")
struct EndpointsTests {
    @Test("$ID is the worker in the take URL and the job in the others")
    func placeholders() {
        let urls = endpoints()
        #expect(
            urls.take(upTo: 1, jobInProgress: false)
                == "\(base)/job-take/w1?gpu=NVIDIA+RTX+A5000&job_in_progress=0"
        )
        #expect(
            urls.result(of: "j-u1", isStream: true)
                == "\(base)/job-done/w1/j-u1?gpu=NVIDIA+RTX+A5000&isStream=true"
        )
        #expect(urls.stream(of: "j-u1") == "\(base)/job-stream/w1/j-u1?gpu=NVIDIA+RTX+A5000&isStream=false")
        #expect(urls.stop == "\(base)/job-stop/w1?gpu=NVIDIA+RTX+A5000")
    }

    @Test("several jobs have a segment of their own")
    func batch() {
        #expect(
            endpoints().take(upTo: 8, jobInProgress: true)
                == "\(base)/job-take-batch/w1?gpu=NVIDIA+RTX+A5000&batch_size=8&job_in_progress=1"
        )
    }

    @Test(
        "parameters join a template whatever its end",
        arguments: [("", "?job"), ("?", "?job"), ("?a=b", "?a=b&job"), ("?a=b&", "?a=b&job")]
    )
    func joining(query: String, expected: String) {
        let url = endpoints(query: query).take(upTo: 1, jobInProgress: true)
        #expect(url == "\(base)/job-take/w1\(expected)_in_progress=1")
    }

    @Test("the heartbeat lists ids with an escaped comma, and has no job_id when there are none")
    func ping() {
        #expect(
            endpoints().ping(jobIDs: ["a-u1", "b-u1"], version: "1.0")
                == "\(base)/ping/w1?job_id=a-u1%2Cb-u1&runpod_version=1.0"
        )
        #expect(endpoints().ping(jobIDs: [], version: "1.0") == "\(base)/ping/w1?runpod_version=1.0")
        #expect(endpoints(ping: nil).ping(jobIDs: [], version: "1.0") == nil)
    }

    @Test("a job's id cannot bend the URL")
    func hostileID() {
        #expect(
            endpoints().result(of: "../../x?y=1#z", isStream: false)
                == "\(base)/job-done/w1/..%2F..%2Fx%3Fy%3D1%23z?gpu=NVIDIA+RTX+A5000&isStream=false"
        )
    }

    @Test("without the take segment there is no batch and no stop channel")
    func foreignTemplate() {
        let urls = Endpoints(take: "http://q/next", result: "http://q/done/$ID", stream: nil, ping: nil, workerID: "w")
        #expect(urls.take(upTo: 4, jobInProgress: false) == "http://q/next?job_in_progress=0")
        #expect(urls.stop == nil)
    }
}

@Suite("wire")
struct WireTests {
    @Test("one object is one job, with everything the queue sent")
    func single() throws {
        let answer = try JSON(parsing: #"{"id":"a","input":{"prompt":"p"},"policy":{"ttl":1}}"#)
        let items = try Wire.items(in: answer)
        guard case .job(let job) = items.first else {
            Issue.record("no job")
            return
        }
        #expect(job.id == "a")
        #expect(job.fields["policy"]?["ttl"]?.int == 1)
    }

    @Test("each item of a batch is judged alone")
    func batch() throws {
        let answer = try JSON(parsing: #"[{"id":"a","input":{}},{"input":{}},{"id":"c"},7,{"id":"d","input":{}}]"#)
        let items = try Wire.items(in: answer)
        #expect(items.count == 5)
        #expect(items[1] == .malformed(id: nil, reason: "it has no \"id\" that is a non-empty string"))
        #expect(items[2] == .malformed(id: "c", reason: "the job has no \"input\""))
        guard case .job = items[0], case .job = items[4] else {
            Issue.record("good neighbours were harmed")
            return
        }
    }

    @Test("a take that is neither is garbage", arguments: ["\"x\"", "null", "3", "true"])
    func garbage(text: String) throws {
        let answer = try JSON(parsing: text)
        #expect(throws: QueueFailure.self) { try Wire.items(in: answer) }
    }

    @Test(
        "job-done bodies, to the byte",
        arguments: [
            (JobResult(output: ["a": 1]), #"{"output":{"a":1}}"#),
            (JobResult(error: "no"), #"{"error":"no"}"#),
            (JobResult(output: "x", error: "no", stopsPod: true), #"{"output":"x","error":"no","stopPod":true}"#),
            (JobResult(), "{}"),
        ]
    )
    func done(result: JobResult, body: String) {
        #expect(String(decoding: Wire.body(of: result), as: UTF8.self) == body)
    }

    @Test("chunk and progress bodies")
    func others() {
        #expect(String(decoding: Wire.body(ofChunk: "é"), as: UTF8.self) == #"{"output":"é"}"#)
        #expect(
            String(decoding: Wire.body(ofProgress: ["p": 0.5]), as: UTF8.self)
                == #"{"status":"IN_PROGRESS","output":{"p":0.5}}"#
        )
    }

    @Test("the stop channel's strings are ids; the rest is ignored")
    func stops() throws {
        #expect(try Wire.jobsToStop(in: ["jobsToStop": ["a", 1, .null, "b"]]) == ["a", "b"])
        #expect(throws: QueueFailure.self) { try Wire.jobsToStop(in: [:]) }
    }
}
