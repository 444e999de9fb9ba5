/// How long to wait after "no job" answers that came back at once.
///
/// A queue that holds polls needs no wait between them. One that says "nothing" immediately would make us spin (the
/// official SDK sends thousands of requests a second there); but how long the platform holds a poll is unknown, so the
/// wait grows to one second at most and not to the outage gate's five.
public struct EmptyAnswers: Sendable, Hashable {
    /// An empty answer sooner than this came back at once.
    public static let atOnce = Duration.milliseconds(500)
    private static let first = Duration.milliseconds(50)
    private static let cap = Duration.seconds(1)
    private var streak = 0

    /// No empty answers so far.
    public init() {}

    /// An empty answer came `elapsed` after the question.
    public mutating func empty(after elapsed: Duration) {
        streak = elapsed < Self.atOnce ? streak + 1 : 0
    }

    /// An answer that was not empty.
    public mutating func reset() {
        streak = 0
    }

    /// The wait before the next question.
    public var delay: Duration {
        streak < 2 ? .zero : min(Self.cap, Self.first * (1 << min(streak - 2, 10)))
    }
}
