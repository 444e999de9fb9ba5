import Machine

/// What Ollama's CUDA libraries need of driver and card. CUDA 13 has no code for cards before Turing.
///
/// | what | needs | says |
/// | --- | --- | --- |
/// | `cuda_v12` | driver 525 | NVIDIA, CUDA Compatibility, minor version compatibility, table 1 |
/// | `cuda_v13` | driver 580, compute capability 7.5 | the same; release notes of CUDA 13.0 |
/// | Ollama | driver 550, compute capability 5.0 | docs.ollama.com/gpu |
/// | Ollama on 5.0 to 6.2 | driver 570 | docs.ollama.com/gpu |
enum DriverNeeds {
    /// What a card and its driver lack.
    static func findings(_ card: GPU) -> [Finding] {
        let driver = card.driver.flatMap { $0.split(separator: ".").first }.flatMap { Int($0) }
        let capability = card.computeCapability.flatMap(capability)
        if let capability, capability < 50 { return [cardTooOld(card, capability)] }
        guard let driver else { return [] }
        if driver < 525 { return [driverTooOld(card, driver)] }
        let wanted = capability.map { $0 <= 62 } == true ? 570 : 550
        var findings = driver < wanted ? [driverOld(card, driver, wanted)] : []
        if let capability { findings.append(library(card, driver, capability)) }
        return findings
    }

    /// `8.6` as 86.
    private static func capability(_ text: String) -> Int? {
        let parts = text.split(separator: ".").map { Int($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1], (0...99).contains(major),
            (0...9).contains(minor)
        else { return nil }
        return major * 10 + minor
    }

    private static func cardTooOld(_ card: GPU, _ capability: Int) -> Finding {
        Finding(
            .gpuCardTooOld,
            "The \(card.name) has compute capability \(capability / 10).\(capability % 10), and Ollama's libraries "
                + "begin at 5.0: models will run on the CPU.",
            remedy: "Take a newer GPU."
        )
    }

    private static func driverTooOld(_ card: GPU, _ driver: Int) -> Finding {
        Finding(
            .gpuDriverTooOld,
            "The driver \(card.driver ?? "\(driver)") is too old: CUDA 12 needs 525, and Ollama brings along no older "
                + "CUDA. Models will run on the CPU.",
            remedy: "Update the host's driver to 550 or newer; on a platform choose hosts with CUDA 12.4 or newer "
                + "(allowed CUDA versions)."
        )
    }

    private static func driverOld(_ card: GPU, _ driver: Int, _ wanted: Int) -> Finding {
        Finding(
            .gpuDriverOld,
            "The driver \(card.driver ?? "\(driver)") of the \(card.name) is older than the \(wanted) that Ollama "
                + "asks for.",
            remedy:
                "Update the host's driver, or look in the engine's log whether the GPU is used at all: kindling run "
                + "warns if it is not."
        )
    }

    private static func library(_ card: GPU, _ driver: Int, _ capability: Int) -> Finding {
        let isNew = driver >= 580 && capability >= 75
        let reason =
            isNew ? "" : driver < 580 ? ": cuda_v13 needs driver 580" : ": cuda_v13 begins at compute capability 7.5"
        return Finding(.gpuCUDALibrary, "Ollama uses its library \(isNew ? "cuda_v13" : "cuda_v12")\(reason).")
    }
}
