import JSON
import Testing

@testable import Engines

/// Who makes room for another model, and where a model came to lie.
@Suite struct ResidenceTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func three(pinned: Set<String> = []) -> Residence {
        var residence = Residence(pinned: pinned, minimum: .seconds(30))
        residence.loaded("a", bytes: 10, at: at(0))
        residence.loaded("b", bytes: 10, at: at(10))
        residence.loaded("c", bytes: 10, at: at(20))
        residence.used("a", at: at(25))
        return residence
    }

    @Test func `who fits puts nobody out`() {
        #expect(three().verdict(on: 5, free: 5, at: at(100)) == .fits)
    }

    @Test func `the least recently used goes first, and no more of them than needed`() {
        #expect(three().verdict(on: 12, free: 5, at: at(100)) == .evict(["b"], notBefore: at(100)))
        #expect(three().verdict(on: 16, free: 5, at: at(100)) == .evict(["b", "c"], notBefore: at(100)))
    }

    @Test func `nobody goes before its least time is over`() {
        #expect(three().verdict(on: 12, free: 5, at: at(26)) == .evict(["b"], notBefore: at(40)))
        #expect(three().verdict(on: 16, free: 5, at: at(26)) == .evict(["b", "c"], notBefore: at(50)))
    }

    @Test func `who was asked for at the start stays`() {
        #expect(three(pinned: ["b"]).verdict(on: 12, free: 5, at: at(100)) == .evict(["c"], notBefore: at(100)))
        #expect(three(pinned: ["a", "b", "c"]).verdict(on: 12, free: 5, at: at(100)) == .tooLarge(missing: 7))
    }

    @Test func `who left holds nothing any more`() {
        var residence = three()
        residence.left("b")
        #expect(residence.verdict(on: 12, free: 5, at: at(100)) == .evict(["c"], notBefore: at(100)))
        residence.allLeft()
        #expect(residence.verdict(on: 12, free: 5, at: at(100)) == .tooLarge(missing: 7))
    }

    @Test(
        arguments: [
            (
                ["buffer.CPU": "222.51 MiB", "buffer.CPU_REPACK": "12.66 MiB", "offloaded": "19/19 layers to GPU"],
                "runs on the CPU"
            ),
            (
                ["buffer.CPU_Mapped": "3000 MiB", "buffer.CUDA0": "1500.00 MiB", "offloaded": "11/33 layers to GPU"],
                "only 33 %"
            ),
        ] as [(JSON.Object, String)]
    )
    func `a GPU that is not used is said, whatever the engine counts as offloaded`(facts: JSON.Object, says: String) {
        let placement = Placement(facts)
        #expect(placement.warning(gpu: "NVIDIA L4")?.contains(says) == true)
        #expect(placement.warning(gpu: nil) == nil, "a machine without a GPU has nothing to be warned of")
    }

    @Test(
        arguments: [
            ["buffer.CPU_Mapped": "525.00 MiB", "buffer.CUDA0": "4403.49 MiB"],
            ["buffer.CUDA0": "4403.49 MiB", "buffer.CUDA1": "4403.49 MiB", "buffer.CUDA_Host": "525 MiB"],
            [:],
            ["buffer.CPU": "what?"],
        ] as [JSON.Object]
    )
    func `a model in the GPU's memory, or an engine that says nothing, is no cause for a warning`(facts: JSON.Object) {
        #expect(Placement(facts).warning(gpu: "NVIDIA L4") == nil)
    }
}
