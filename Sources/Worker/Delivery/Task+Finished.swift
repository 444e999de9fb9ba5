extension Task where Success == Void, Failure == Never {
    /// Waits for the end of this task, but not longer than `limit`, nor than the caller's own task lives. The task itself
    /// goes on.
    func finished(within limit: Duration) async {
        let (waiting, done) = AsyncStream<Void>.makeStream()
        let watch = Task {
            await value
            done.finish()
        }
        let timer = Task {
            try? await Task<Never, Never>.sleep(for: limit)
            done.finish()
        }
        for await _ in waiting {}
        timer.cancel()
        watch.cancel()
    }
}
