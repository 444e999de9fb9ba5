import JSON
import Machine
import ModelStore

/// The memory that models go to: that of the GPUs where there are any, else the machine's.
struct MemoryPicture: Sendable, Hashable {
    let kind: MemoryGuard.Memory
    /// Bytes that are free now.
    let free: Int
    /// What the first GPU is called, and its driver.
    var gpu: String?
    var driver: String?

    /// Of several GPUs the free memory counts together: engines spread a model that one of them does not hold.
    ///
    /// - Returns: nil where nobody says how much is free: a part of a GPU, a driver that fails, a closed `/proc`
    init?(gpus: GPUFacts, memory: MemoryFacts?) {
        // There may be a GPU, and then the machine's memory is not what counts.
        guard gpus.trouble == nil else { return nil }
        guard let first = gpus.gpus.first else {
            guard let memory else { return nil }
            kind = .ram
            free = memory.room
            return
        }
        let free = gpus.gpus.compactMap(\.memoryFree)
        guard !free.isEmpty else { return nil }
        kind = .gpu
        self.free = free.reduce(0, +)
        gpu = first.name
        driver = first.driver
    }

    /// For the timeline.
    var attributes: JSON.Object {
        var attributes: JSON.Object = ["memory": .string(kind.rawValue), "free": JSON(free)]
        attributes["device"] = gpu.map { .string($0) }
        attributes["driver"] = driver.map { .string($0) }
        return attributes
    }
}
