import Machine

/// Whether the engine will find a GPU, and whether it has it for itself.
///
/// An engine that cannot use a GPU runs on the CPU without a word, some ten to fifty times slower and for the same
/// price.
enum GPUCheck: Check {
    static let topic = Topic.gpu

    static func findings(in facts: Facts) -> [Finding] {
        if let trouble = facts.gpu.trouble { return [finding(trouble)] }
        guard !facts.gpu.gpus.isEmpty else { return [absent(facts.gpuHints)] }
        return facts.gpu.gpus.flatMap { [present($0, facts.gpu.cuda)] + DriverNeeds.findings($0) + usage($0) }
            + hidden(facts)
    }

    private static func present(_ gpu: GPU, _ cuda: String?) -> Finding {
        var parts = [gpu.name]
        if let driver = gpu.driver { parts.append("driver \(driver)" + (cuda.map { " (CUDA \($0))" } ?? "")) }
        if let capability = gpu.computeCapability { parts.append("compute capability \(capability)") }
        if let total = gpu.memoryTotal {
            parts.append((gpu.memoryFree.map { "\(Figure.bytes($0)) free of " } ?? "") + Figure.bytes(total))
        }
        return Finding(.gpuPresent, "\(parts.joined(separator: ", ")).")
    }

    private static func absent(_ hints: [String]) -> Finding {
        guard !hints.isEmpty else {
            return Finding(.gpuNone, "There is no NVIDIA GPU: models run on the CPU.")
        }
        return Finding(
            .gpuNotVisible,
            "There should be a GPU (\(Figure.list(hints))), but none can be seen: models will run on the CPU.",
            remedy:
                "Start the container with access to the GPU (docker run --gpus all, which needs the NVIDIA Container "
                + "Toolkit on the host) and with NVIDIA_DRIVER_CAPABILITIES=compute,utility."
        )
    }

    private static func finding(_ trouble: GPUFacts.Trouble) -> Finding {
        switch trouble {
        case .timedOut(let limit):
            return Finding(
                .gpuQueryHangs,
                "nvidia-smi gave no answer within \(limit.components.seconds) s: the driver hangs.",
                remedy: "Restart the machine, or take another worker: an engine would hang at its search for GPUs, too."
            )
        case .notStarted(let reason): return fails("it cannot be started: \(reason)")
        case .unreadable(let answer): return fails("its answer cannot be understood: \(answer.prefix(200))")
        case .failed(let status, let words): return fails(words.isEmpty ? status : "\(words.prefix(400)) (\(status))")
        }
    }

    private static func fails(_ words: String) -> Finding {
        let remedy =
            words.lowercased().contains("mismatch")
            ? "The driver was updated under a running kernel: restart the machine, or take another worker."
            : "Start the container with its GPU (--gpus all); if nvidia-smi fails on the host, too, restart it or take "
                + "another worker."
        return Finding(.gpuQueryFails, "nvidia-smi fails: \(words)", remedy: remedy)
    }

    /// A desktop takes some hundred MB; what takes a tenth of the memory is another engine, or one that was left over.
    private static func usage(_ gpu: GPU) -> [Finding] {
        var findings: [Finding] = []
        if let total = gpu.memoryTotal, let used = gpu.memoryUsed, used > max(total / 10, 1 << 30) {
            findings.append(
                Finding(
                    .gpuMemoryTaken,
                    "Others hold \(Figure.bytes(used)) of the \(Figure.bytes(total)) of the \(gpu.name).",
                    remedy:
                        "nvidia-smi lists the processes, as far as they are visible from this container. An engine "
                        + "that a killed worker left running is ended by the next kindling worker."
                )
            )
        }
        if let share = gpu.utilisation, share >= 0.2 {
            findings.append(
                Finding(
                    .gpuBusy,
                    "Something computes on the \(gpu.name): it was busy for \(Int(min(share, 1) * 100)) % of the last "
                        + "second.",
                    remedy:
                        "If that is not this machine's own worker, another program shares the GPU, and tokens come at "
                        + "half the speed or less: end it, or take a GPU of your own."
                )
            )
        }
        return findings
    }

    private static func hidden(_ facts: Facts) -> [Finding] {
        // An empty list hides all GPUs from CUDA, too.
        guard let value = facts.environment["CUDA_VISIBLE_DEVICES"], value.isEmpty || value.hasPrefix("-") else {
            return []
        }
        return [
            Finding(
                .gpuHidden,
                "CUDA_VISIBLE_DEVICES=\(value) hides the GPU from engines: models will run on the CPU.",
                remedy: "Remove it, or set it to the number or UUID of a GPU (nvidia-smi -L)."
            )
        ]
    }
}
