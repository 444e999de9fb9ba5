import Generation
import JSON
import Jobs
import Testing

@Suite("What is added to an answer, and what an output tells the platform")
struct OutputTests {
    @Test func anAnswerThatNothingWasChangedForIsLeftAlone() throws {
        let answer = try Exchange("generate-nonstream").body
        #expect(try generation(["prompt": "hi"]).output(of: answer, timings: ["queued_ms": 1]).bytes == answer.bytes)
    }

    @Test func theTokenCapIsFlagged() throws {
        let capped = try generation(["prompt": "hi", "max_tokens": 5000], policy: GenerationPolicy(tokenCap: 64))
        #expect(capped.output(of: ["response": "a"]) == ["response": "a", "kindling": ["token_cap": 64]])
    }

    @Test func timingsComeOnRequestAndJoinTheEnginesOwn() throws {
        let timed = try generation(["prompt": "hi", "include": ["timings"]])
        let ours: JSON.Object = ["queued_ms": 1]
        #expect(timed.output(of: ["a": 1], timings: ours) == ["a": 1, "timings": ["queued_ms": 1]])
        let engines: JSON = ["timings": ["prompt_ms": 2.50]]
        #expect(timed.output(of: engines, timings: ours) == ["timings": ["prompt_ms": 2.50, "queued_ms": 1]])
    }

    @Test func whatIsNoObjectCannotBeAddedTo() throws {
        let timed = try generation(["prompt": "hi", "include": ["timings"]])
        #expect(timed.output(of: [1, 2], timings: ["queued_ms": 1]) == [1, 2])
    }

    @Test func aBatchAnswersInOrderWithEachErrorInItsPlace() {
        let answers: [Result<JSON, QueueFailure>] = [
            .success(["response": "a"]), .failure(QueueFailure(.timedOut, "too late")), .success(3),
        ]
        #expect(JobRequest.output(ofBatch: answers) == [["response": "a"], ["error": "too late"], 3])
    }

    @Test(
        "a handler's output becomes a result by the platform's rules",
        arguments: [
            (#""text""#, #""text""#, nil, false),
            (#"[1,{"error":"x"}]"#, #"[1,{"error":"x"}]"#, nil, false),
            (#"null"#, #"null"#, nil, false),
            (#"{}"#, nil, nil, false),
            (#"{"a":1}"#, #"{"a":1}"#, nil, false),
            (#"{"a":1,"refresh_worker":true}"#, #"{"a":1}"#, nil, true),
            (#"{"refresh_worker":1}"#, nil, nil, true),
            (#"{"a":1,"refresh_worker":0.0}"#, #"{"a":1}"#, nil, false),
            (#"{"a":1,"refresh_worker":""}"#, #"{"a":1}"#, nil, false),
            (#"{"a":1,"error":"bad"}"#, #"{"a":1}"#, "bad", false),
            (#"{"error":"bad"}"#, nil, "bad", false),
            (#"{"error":{"code":5},"refresh_worker":"yes"}"#, nil, #"{"code":5}"#, true),
            (#"{"id":"resp_1","error":null}"#, #"{"id":"resp_1","error":null}"#, nil, false),
        ] as [(String, String?, String?, Bool)]
    )
    func handlerOutput(output: String, sent: String?, error: String?, stopsPod: Bool) throws {
        let result = JobResult(handlerOutput: try JSON(parsing: output), isStream: true)
        #expect(result.output?.description == sent)
        #expect(result.error == error)
        #expect(result.stopsPod == stopsPod)
        #expect(result.isStream)
    }
}
