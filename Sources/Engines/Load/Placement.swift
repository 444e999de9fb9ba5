import JSON

/// Where a model's weights came to lie, by the engine's log.
///
/// The line `offloaded 19/19 layers to GPU` is no witness: llama.cpp writes it on machines without a GPU, too (seen with
/// build 7e4c0a9 on a CPU). The buffers are: each names its device.
struct Placement: Sendable, Hashable {
    /// MiB in the memory of GPUs.
    private(set) var onDevices = 0.0
    /// MiB in the machine's own memory.
    private(set) var onHost = 0.0
    /// `19/19`, if the engine said so.
    private(set) var layers: String?

    /// Reads the attributes that a load gathered.
    init(_ attributes: JSON.Object) {
        layers = attributes["offloaded"]?.string.map { String($0.prefix { $0 != " " }) }
        for (name, value) in attributes where name.hasPrefix(Self.prefix) {
            guard let size = value.string?.split(separator: " ").first.flatMap({ Double($0) }) else { continue }
            if Self.isHost(name.dropFirst(Self.prefix.count)) { onHost += size } else { onDevices += size }
        }
    }

    private static let prefix = "buffer."

    /// `CPU`, `CPU_Mapped`, `CPU_REPACK` and the pinned `CUDA_Host` are the machine's; `CUDA0`, `ROCm1`, `Vulkan0` are not.
    private static func isHost(_ buffer: Substring) -> Bool {
        buffer.hasPrefix("CPU") || buffer.hasSuffix("_Host")
    }

    /// The share of the weights that lies in GPU memory, 0 to 1; nil: the log said nothing about buffers.
    var deviceShare: Double? {
        let sum = onDevices + onHost
        return sum > 0 ? onDevices / sum : nil
    }

    /// What a user of a machine with this GPU must be told; nil: nothing.
    func warning(gpu: String?) -> String? {
        guard let gpu, let share = deviceShare else { return nil }
        // Token embeddings stay in host memory by design: a tenth of a small model's weights.
        guard share < 0.5 else { return nil }
        let layers = self.layers.map { " (the engine says \($0) layers)" } ?? ""
        guard onDevices > 0 else {
            return
                "the model runs on the CPU although this machine has a \(gpu): all \(Int(onHost)) MiB of weights lie in "
                + "host memory. See kindling doctor: the driver may be too old for the engine, or the container has no "
                + "access to the GPU"
        }
        return
            "only \(Int(share * 100)) % of the weights are in the memory of the \(gpu)\(layers): the rest runs on the CPU. "
            + "A smaller quantisation, a smaller context or fewer slots would fit"
    }
}
