/// Finds how many readers a volume rewards, by trying: twice as many as long as the rate grows by a sixth, then back to
/// the last number that did.
///
/// Pure: it is told what arrived when, and answers with the number of readers from now on.
struct Tuner: Sendable, Hashable {
    /// How many should read now.
    private(set) var readers: Int
    /// Whether the number stands.
    private(set) var isSettled: Bool
    /// The best rate of a whole measurement so far, in bytes a second.
    ///
    /// Once the number stands measurements are longer, and only those count: readers that began together end together,
    /// and a short measurement that ends with such a burst shows up to a sixth more than there is.
    var bestRate: Double { settledRate > 0 ? settledRate : trialRate }

    /// What a doubling must bring: less is noise on a shared machine, and each reader costs memory and processor time.
    private static let worthwhile = 1.15
    /// Blocks of one measurement for each reader, while trying and when settled.
    private static let blocksInTrial = 2
    private static let blocksWhenSettled = 4
    private static let fewestBlocks = 8

    private let most: Int
    private var rateBefore = 0.0
    private var trialRate = 0.0
    private var settledRate = 0.0
    private var readersBefore: Int
    private var unsettledBlocks: Int
    private var window = Window()

    private struct Window: Hashable {
        var began: ContinuousClock.Instant?
        var blocks = 0
        var bytes = 0
    }

    /// - Parameters:
    ///   - first: readers to begin with; a network volume's first try may be bold
    ///   - most: readers never to be exceeded
    init(first: Int, most: Int) {
        readers = max(1, min(first, most))
        readersBefore = readers
        self.most = max(1, most)
        isSettled = readers >= most
        unsettledBlocks = 0
    }

    /// A block has come from the volume. Returns whether the number of readers changed.
    mutating func arrived(bytes: Int, at moment: ContinuousClock.Instant) -> Bool {
        // What was under way when the number changed belongs to the old number.
        guard unsettledBlocks == 0 else {
            unsettledBlocks -= 1
            return false
        }
        guard let began = window.began else {
            window.began = moment
            return false
        }
        window.blocks += 1
        window.bytes += bytes
        let wanted = readers * (isSettled ? Self.blocksWhenSettled : Self.blocksInTrial)
        guard window.blocks >= max(Self.fewestBlocks, wanted), moment > began else { return false }
        let rate = Double(window.bytes) / ((moment - began) / .seconds(1))
        window = Window(began: moment)
        guard !isSettled else {
            settledRate = max(settledRate, rate)
            return false
        }
        trialRate = max(trialRate, rate)
        return decide(rate)
    }

    private mutating func decide(_ rate: Double) -> Bool {
        let grew = rate >= rateBefore * Self.worthwhile
        if grew, readers < most {
            readersBefore = readers
            rateBefore = rate
            change(to: min(most, readers * 2))
            return true
        }
        isSettled = true
        guard !grew, readersBefore != readers else { return false }
        change(to: readersBefore)
        return true
    }

    private mutating func change(to count: Int) {
        readers = count
        unsettledBlocks = count
        window = Window()
    }
}
