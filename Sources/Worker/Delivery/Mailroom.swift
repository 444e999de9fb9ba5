import ColdStart
import Delivery
import JSON
import Jobs
import Logging
import Support

/// What everything on its way to the queue shares: the door, the gate before it, and the outbox.
struct Mailroom: Sendable {
    let queue: any JobQueue
    let gate: Gatekeeper
    /// Nil: results are kept in memory alone.
    let outbox: Outbox?
    /// How long a result is offered, from the moment that its job was finished.
    let patience: Duration
    /// Results from the disk that are offered side by side when the queue is back.
    let turnstile = Turnstile(places: 16)

    init(queue: any JobQueue, gate: Gatekeeper, outbox: Outbox?, patience: Duration) {
        self.queue = queue
        self.gate = gate
        self.outbox = outbox
        self.patience = patience
    }

    /// A job's answer, ready to go.
    ///
    /// - Parameter chunks: what the queue has not taken of its stream
    func parcel(_ result: JobResult, after chunks: [JSON] = [], of jobID: String) -> Parcel {
        Parcel(
            address: queue.address(of: jobID, isStream: result.isStream),
            chunks: chunks.map(queue.body(ofChunk:)),
            result: queue.body(of: result),
            finished: Timestamp.now.milliseconds
        )
    }

    /// When a parcel's time is over, in milliseconds since 1970.
    func deadline(of finished: Int) -> Int { finished + patience.milliseconds }

    /// Offers chunks of one job, an attempt at a time.
    func chunkPost(of jobID: String) -> ChunkCourier.Post {
        { [queue, gate] chunk, mayGo in
            guard let ticket = try? await gate.pass(.result), mayGo() else { return .notSent }
            do throws(QueueFailure) {
                // Made here: most jobs have no chunks, and the URLs of an address are text to build.
                let address = queue.address(of: jobID, isStream: true)
                try await queue.stream(queue.body(ofChunk: chunk), to: address)
                gate.succeeded()
                return .taken
            } catch {
                guard error.kind != .cancelled else { return .notSent }
                gate.failed(ticket, error, of: .result)
                return .failed(error, answers: gate.answers)
            }
        }
    }

    /// Posts a job's progress, once: what could not be told is history by the next time.
    func tell(_ progress: JSON, of jobID: String, logger: Logger) async {
        guard let ticket = gate.passIfOpen() else { return }
        do throws(QueueFailure) {
            try await queue.progress(progress, of: jobID)
            gate.succeeded()
        } catch {
            gate.failed(ticket, error, of: .result)
            logger.debug("progress was not told: \(error)")
        }
    }
}
