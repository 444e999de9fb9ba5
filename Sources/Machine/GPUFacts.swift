/// A graphics processor, as the driver's own tool describes it. What it does not say is nil.
public struct GPU: Sendable, Hashable {
    /// Its number, which `CUDA_VISIBLE_DEVICES` may use.
    public var index: Int
    /// Such as `NVIDIA H200`.
    public var name: String
    /// `GPU-…`, the same after a reboot.
    public var uuid: String?
    /// Such as `570.86.15`.
    public var driver: String?
    /// Bytes of memory; nil on chips that share the machine's, and on one that is partitioned (MIG).
    public var memoryTotal: Int?
    /// Bytes of it that are free.
    public var memoryFree: Int?
    /// Bytes of it in use, by anybody.
    public var memoryUsed: Int?
    /// Share of the last second in which it computed, 0 to 1.
    public var utilisation: Double?
    /// Such as `9.0`.
    public var computeCapability: String?
}

/// What the machine says about its GPUs.
public struct GPUFacts: Sendable, Hashable {
    /// Why there are no figures although a GPU may be there.
    public enum Trouble: Error, Sendable, Hashable {
        /// The tool did not answer in time: the driver hangs.
        case timedOut(Duration)
        /// It could not be started.
        case notStarted(reason: String)
        /// It ended with an error; its last words.
        case failed(status: String, words: String)
        /// It succeeded with an answer that holds no GPU and no reason.
        case unreadable(answer: String)
    }

    /// In the order of their index.
    public var gpus: [GPU] = []
    /// The CUDA version that the driver supports, such as `12.8`.
    public var cuda: String?
    /// Why the figures are missing; nil: they are right, also when there are none.
    public var trouble: Trouble?

    /// No GPU.
    public init() {}
}

extension GPUFacts.Trouble: CustomStringConvertible {
    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .timedOut(let limit):
            "nvidia-smi did not answer within \(limit.components.seconds) s: the driver hangs; "
                + "restart the machine or take another"
        case .notStarted(let reason): "nvidia-smi cannot be started: \(reason)"
        case .failed(let status, let words):
            "nvidia-smi ended with \(status): \(words.isEmpty ? "no words" : words); "
                + "start the container with its GPUs (--gpus all) and a driver that fits them"
        case .unreadable(let answer): "nvidia-smi's answer cannot be understood: \(answer)"
        }
    }
}
