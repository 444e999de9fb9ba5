import Testing

@testable import Machine

@Suite("What nvidia-smi prints")
struct GPUTableTests {
    @Test("Two GPUs, in the order of their index")
    func two() {
        let gpus = GPUTable.parse([
            "1, NVIDIA A100-SXM4-80GB, GPU-b, 535.104.05, 81920, 80994, 4, 37, 8.0",
            "0, NVIDIA H200, GPU-a, 535.104.05, 143771, 143000, 771, 0, 9.0",
        ])
        #expect(gpus.map(\.name) == ["NVIDIA H200", "NVIDIA A100-SXM4-80GB"])
        #expect(gpus.last?.memoryTotal == 81920 << 20)
        #expect(gpus.last?.memoryFree == 80994 << 20)
        #expect(gpus.last?.utilisation == 0.37)
        #expect(gpus.first?.computeCapability == "9.0")
    }

    @Test(
        "What the driver does not say is nil, not zero",
        arguments: ["[N/A]", "[Not Supported]", "[Unknown Error]", "[GPU requires reset]", "N/A", ""]
    )
    func unknown(word: String) {
        let gpus = GPUTable.parse(["0, Orin (nvgpu), \(word), 540.4.0, \(word), \(word), \(word), \(word), \(word)"])
        #expect(gpus == [GPU(index: 0, name: "Orin (nvgpu)", driver: "540.4.0")])
    }

    @Test("Units that come all the same do no harm, an old driver's missing column neither")
    func lenient() {
        let gpus = GPUTable.parse(["0,Tesla K80,GPU-a,470.1,11441 MiB,11000 MiB,3 MiB,5 %\r"])
        #expect(gpus.first?.memoryTotal == 11441 << 20)
        #expect(gpus.first?.utilisation == 0.05)
        #expect(gpus.first?.computeCapability == nil)
    }

    @Test(
        "Messages are no GPUs",
        arguments: [
            "No devices were found", "", ",,,,,,,,", "Es wurden keine Geräte gefunden", "x, y, z, a, b, c, d, e, f",
            "-1, A, b, c, 1, 2, 3, 4, 5", "0, A, b", "0, [N/A], b, c, 1, 2, 3, 4, 5", "\u{fffd}\u{0}",
        ]
    )
    func junk(line: String) {
        #expect(GPUTable.parse([line]).isEmpty)
    }

    @Test("A memory beyond all bounds is unknown")
    func huge() {
        #expect(
            GPUTable.parse(["0, A, b, c, 9223372036854775807, 99999999999999999999, 3, 4, 5"]).first?.memoryTotal == nil
        )
    }

    @Test(
        "The CUDA version stands in the head",
        arguments: [
            ("| NVIDIA-SMI 570.86.15   Driver Version: 570.86.15   CUDA Version: 12.8     |", "12.8"),
            ("| NVIDIA-SMI 595.1  KMD Version: 595.1  CUDA UMD Version: 13.2 |", "13.2"),
            ("| NVIDIA-SMI 470  Driver Version: 470  CUDA Version: N/A |", nil), ("CUDA Version:", nil), ("CUDA", nil),
        ]
    )
    func cuda(line: String, version: String?) {
        #expect(GPUTable.cudaVersion(["Sat Nov 21", line]) == version)
    }

    @Test("An answer that holds neither a GPU nor the word for none is a trouble")
    func unreadable() {
        #expect(GPUTable.facts(.success(["No devices were found"])) == GPUFacts())
        #expect(GPUTable.facts(.success([])) == GPUFacts())
        #expect(GPUTable.facts(.failure(.failed(status: "exit code 6", words: "No devices were found"))) == GPUFacts())
        #expect(GPUTable.facts(.success(["Segfault"])).trouble == .unreadable(answer: "Segfault"))
    }
}
