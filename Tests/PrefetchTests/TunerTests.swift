import Testing

@testable import Prefetch

@Suite("How many readers")
struct TunerTests {
    /// A volume on paper: each reader gets a block of 4 MiB after the latency and the transfer at one stream's rate, and
    /// all together no more than the total.
    struct Volume: Sendable, CustomTestStringConvertible {
        let name: String
        let latency: Double
        let stream: Double
        let total: Double

        func rate(readers: Int) -> Double {
            let block = Double(PrefetchState.blockSize)
            return min(total, Double(readers) * block / (latency + block / stream))
        }

        var testDescription: String { name }
    }

    /// Runs a tuner on a volume until it is settled; the readers and the bytes that took.
    private func settle(_ volume: Volume, first: Int) -> (tuner: Tuner, bytes: Int) {
        var tuner = Tuner(first: first, most: 16)
        var now = ContinuousClock.now
        var bytes = 0
        while !tuner.isSettled, bytes < 1 << 33 {
            let block = PrefetchState.blockSize
            now += .seconds(Double(block) / volume.rate(readers: tuner.readers))
            _ = tuner.arrived(bytes: block, at: now)
            bytes += block
        }
        return (tuner, bytes)
    }

    @Test(
        "Grows as long as that pays, from one reader and from eight",
        arguments: [
            (Volume(name: "a fast disk", latency: 0.0001, stream: 3e9, total: 3e9), 1, 1),
            (Volume(name: "a disk that likes two", latency: 0.0001, stream: 1e9, total: 2e9), 1, 2),
            (Volume(name: "a network volume", latency: 0.005, stream: 200e6, total: 1e9), 1, 8),
            (Volume(name: "a network volume", latency: 0.005, stream: 200e6, total: 1e9), 8, 8),
            (Volume(name: "an object store", latency: 0.05, stream: 100e6, total: 5e9), 8, 16),
            (Volume(name: "a slow link", latency: 0.02, stream: 30e6, total: 30e6), 8, 8),
        ]
    )
    func settles(volume: Volume, first: Int, readers: Int) {
        let (tuner, _) = settle(volume, first: first)
        #expect(tuner.readers == readers)
        // From the best number of readers that was tried.
        #expect(tuner.bestRate >= volume.rate(readers: readers) * 0.99)
        #expect(tuner.bestRate <= volume.total * 1.01)
    }

    @Test("Knows soon what takes the most steps: what is read meanwhile is not lost")
    func prompt() {
        let volume = Volume(name: "", latency: 0.005, stream: 200e6, total: 5e9)
        #expect(settle(volume, first: 1).bytes <= 450 << 20)
        #expect(settle(volume, first: 8).bytes <= 300 << 20)
    }

    @Test(
        "Never more than the most, never less than one",
        arguments: [(0, 0, 1), (8, 4, 4), (-3, 16, 1), (16, 16, 16)]
    )
    func bounds(first: Int, most: Int, readers: Int) {
        #expect(Tuner(first: first, most: most).readers == readers)
    }

    @Test("A clock that stands still divides by nothing")
    func frozen() {
        var tuner = Tuner(first: 1, most: 16)
        let now = ContinuousClock.now
        for _ in 0..<100 { _ = tuner.arrived(bytes: 1 << 22, at: now) }
        #expect(tuner.bestRate == 0 && tuner.readers == 1)
    }
}
