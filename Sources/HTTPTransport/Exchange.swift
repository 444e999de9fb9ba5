/// One request and what becomes of its answer; the meeting point of the transfer thread and the task that asked.
///
/// Everything but `cancel` is called by the transfer thread.
protocol Exchange: AnyObject, Sendable {
    var request: HTTPRequest { get }
    var origin: Origin { get }
    /// Whether nobody waits for the answer any more.
    var isAbandoned: Bool { get }
    func receive(_ head: ResponseHead)
    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyBuffer.Verdict
    /// All has come, or `error` is why not. Later calls change nothing.
    func finish(_ error: HTTPError?)
}
