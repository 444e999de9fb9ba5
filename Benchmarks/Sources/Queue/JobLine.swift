import Dispatch
import Support

/// The jobs that wait for a worker, and the polls that wait for a job.
final class JobLine: Sendable {
    struct Job: Sendable {
        let id: String
        let assignment: Assignment

        /// As the worker gets it.
        var json: String { #"{"id":"\#(id)","input":\#(assignment.input(job: id))}"# }
    }

    private let state = Lock(State())

    private struct State {
        var count = 0
        var waiting: [Job] = []
        var polls: [Poll] = []
        /// While set, there is always one more job.
        var supply: Assignment?
        var isClosed = false

        mutating func makeJob(_ assignment: Assignment) -> Job {
            count += 1
            return Job(id: "job-\(count)", assignment: assignment)
        }
    }

    /// A held long poll.
    private final class Poll: Sendable {
        let wake = DispatchSemaphore(value: 0)
        let job = Lock<Job?>(nil)
    }

    /// Gives the job to the poll that waits longest, or keeps it for the next one.
    @discardableResult func submit(_ assignment: Assignment) -> String {
        state.withLock { state in
            let job = state.makeJob(assignment)
            if state.polls.isEmpty {
                state.waiting.append(job)
            } else {
                let poll = state.polls.removeFirst()
                poll.job.withLock { $0 = job }
                poll.wake.signal()
            }
            return job.id
        }
    }

    /// From now on there is always work, until nil is set.
    func supply(_ assignment: Assignment?) {
        let polls = state.withLock { state in
            state.supply = assignment
            return assignment == nil ? 0 : state.polls.count
        }
        guard let assignment else { return }
        for _ in 0..<polls { submit(assignment) }
    }

    /// Up to `count` jobs; waits while there are none. Empty after `hold` or when the line was closed.
    func take(upTo count: Int, hold: Duration) -> [Job] {
        let poll = Poll()
        let jobs = state.withLock { state in
            let jobs = Self.next(count, from: &state)
            if jobs.isEmpty, !state.isClosed { state.polls.append(poll) }
            return state.isClosed ? nil : jobs
        }
        guard let jobs else { return [] }
        guard jobs.isEmpty else { return jobs }
        _ = poll.wake.wait(timeout: .now() + hold / .seconds(1))
        state.withLock { $0.polls.removeAll { $0 === poll } }
        return poll.job.withLock { $0 }.map { [$0] } ?? []
    }

    /// Lets all polls go.
    func close() {
        state.withLock { state in
            state.isClosed = true
            for poll in state.polls { poll.wake.signal() }
        }
    }

    private static func next(_ count: Int, from state: inout State) -> [Job] {
        if let supply = state.supply {
            return (0..<count).map { _ in state.makeJob(supply) }
        }
        defer { state.waiting.removeFirst(min(count, state.waiting.count)) }
        return Array(state.waiting.prefix(count))
    }
}
