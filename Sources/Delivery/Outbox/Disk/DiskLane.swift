import Support

/// Runs blocking work on one thread, in order, with the state that belongs to it.
///
/// The thread lives while there is work: in a healthy worker there is none. A volume that hangs keeps that thread and
/// nothing else.
final class DiskLane<State: Sendable>: Sendable {
    private struct Work: Sendable {
        let perform: @Sendable (inout State) -> Void
        /// For when the system has no thread.
        let refuse: @Sendable (Int32) -> Void
    }

    private struct Content {
        var works: [Work] = []
        /// Nil while the thread has it.
        var state: State?
    }

    private let content: Lock<Content>

    init(_ state: State) {
        content = Lock(Content(state: state))
    }

    /// Waits for the work's turn and its end. Cancelling the task ends the waiting; the work is done all the same.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable (inout State) throws(OutboxTrouble) -> Value
    ) async throws(OutboxTrouble) -> Value {
        let outcome = Pledge<Result<Value, OutboxTrouble>>()
        add(
            Work { state in
                do throws(OutboxTrouble) {
                    outcome.keep(.success(try work(&state)))
                } catch {
                    outcome.keep(.failure(error))
                }
            } refuse: {
                outcome.keep(.failure(.noThread($0)))
            }
        )
        guard let result = await outcome.value() else { throw .cancelled }
        return try result.get()
    }

    private func add(_ work: Work) {
        let state = content.withLock { content in
            content.works.append(work)
            return content.state.take()
        }
        // Whoever found the state there starts the thread that uses it.
        guard let state else { return }
        let error = OwnThread.start { self.work(with: state) }
        guard error != 0 else { return }
        let refused = content.withLock { content in
            content.state = state
            defer { content.works = [] }
            return content.works
        }
        for work in refused { work.refuse(error) }
    }

    private func work(with first: State) {
        var state = first
        while let works = next(state) {
            for work in works { work.perform(&state) }
        }
    }

    /// What there is to do; or the end of this thread, which leaves the state to the next one.
    private func next(_ state: State) -> [Work]? {
        content.withLock { content in
            guard !content.works.isEmpty else {
                content.state = state
                return nil
            }
            defer { content.works = [] }
            return content.works
        }
    }
}
