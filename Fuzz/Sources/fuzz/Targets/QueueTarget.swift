@testable import HTTPTransport
import JSON
import Jobs
import RunPod

/// Whatever the queue answers to a take, each item is judged by itself, and no job's id bends a URL.
enum QueueTarget: FuzzTarget {
    static let name = "queue-answers"

    private static let endpoints = Endpoints(
        take: "http://queue.test/v2/e/job-take/$ID?gpu=x",
        result: "http://queue.test/v2/e/job-done/$RUNPOD_POD_ID/$ID?gpu=x",
        stream: nil,
        ping: "http://queue.test/v2/e/ping/$RUNPOD_POD_ID",
        workerID: "w"
    )

    static func run(_ input: [UInt8]) throws {
        guard let answer = try? JSON(parsing: input) else { return }
        let ids = (try? Wire.jobsToStop(in: answer)) ?? []
        promise(ids.count <= answer["jobsToStop"]?.array?.count ?? 0, "no more ids than were sent")
        guard let items = try? Wire.items(in: answer) else { return }
        promise(items.count == answer.array?.count ?? 1, "each item counts once")
        for item in items {
            switch item {
            case .job(let job):
                promise(!job.id.isEmpty && !job.input.isNull, "a job has an id and an input")
                promise(job.fields["id"]?.string == job.id, "a job is what the queue sent")
                try checkURLs(of: job.id)
                try checkBodies(with: job.input)
            case .malformed(let id, let reason):
                promise(id != "" && !reason.isEmpty, "a malformed item has a reason")
                if let id { try checkURLs(of: id) }
            }
        }
    }

    private static func checkURLs(of id: String) throws {
        let urls = [
            endpoints.result(of: id, isStream: true), endpoints.stream(of: id),
            endpoints.ping(jobIDs: [id, id], version: "1.7.0") ?? "",
        ]
        for (url, slashes) in zip(urls, [7, 7, 6]) {
            let origin = try HTTPRequest("POST", url).checked()
            promise(origin.authority == "queue.test", "\(url) goes to the queue")
            promise(url.count { $0 == "/" } == slashes && url.count { $0 == "?" } == 1, "\(url) has its shape")
        }
    }

    private static func checkBodies(with output: JSON) throws {
        let result = try JSON(parsing: Wire.body(of: JobResult(output: output)), maximumDepth: 140)
        promise(result["output"] == output, "an output is handed in as it is")
        let chunk = try JSON(parsing: Wire.body(ofChunk: output), maximumDepth: 140)
        promise(chunk["output"] == output, "a chunk is handed in as it is")
    }
}
