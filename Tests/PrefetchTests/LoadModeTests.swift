import Prefetch
import Testing

@Suite("Load mode")
struct LoadModeTests {
    private static let base = LoadMode.Facts(
        weights: 4 << 30,
        residentShare: 0,
        room: 16 << 30,
        isNetwork: true,
        readAhead: 128 << 10,
        usesGPU: true,
        isPrefetching: false,
        canReadDirect: true
    )

    private static func facts(_ change: (inout LoadMode.Facts) -> Void) -> LoadMode.Facts {
        var facts = base
        change(&facts)
        return facts
    }

    @Test(
        "Follows from the facts",
        arguments: [
            (base, .direct),
            (facts { $0.isPrefetching = true }, .mmap),
            (facts { $0.residentShare = 1 }, .mmap),
            (facts { $0.canReadDirect = false }, .mmap),
            (facts { $0.readAhead = 4 << 20 }, .mmap),
            (facts { $0.isNetwork = false }, .mmap),
            (facts { $0.room = 1 << 30 }, .direct),
            (facts { ($0.room, $0.canReadDirect) = (1 << 30, false) }, .read),
            // Without a GPU the weights stay in memory in any case: a mapping can be dropped, a copy cannot.
            (facts { ($0.room, $0.usesGPU) = (1 << 30, false) }, .mmap),
            (facts { ($0.room, $0.residentShare) = (1 << 30, 0.9) }, .direct),
            (facts { $0.residentShare = 7 }, .mmap),
        ] as [(LoadMode.Facts, LoadMode)]
    )
    func choose(facts: LoadMode.Facts, mode: LoadMode) {
        #expect(LoadMode.choose(facts).mode == mode)
    }
}
