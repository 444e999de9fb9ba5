import Support

/// How long requests take lately, to tell those who are turned away when to come again.
struct ServiceTime: Sendable, Hashable {
    private var average: Duration?

    /// A request took so long, its wait included.
    mutating func note(_ time: Duration) {
        guard let average else { return self.average = time }
        // The last four count for as much as all before them.
        self.average = average + (time - average) / 5
    }

    /// Whole seconds, 1 to 60: a longer promise would keep clients away after the line is gone.
    func wait(behind waiting: Int, slots: Int) -> Int {
        let time = (average ?? .seconds(1)) * (waiting + 1) / max(1, slots)
        return min(60, max(1, Int((time.fractionalMilliseconds / 1000).rounded(.up))))
    }
}
