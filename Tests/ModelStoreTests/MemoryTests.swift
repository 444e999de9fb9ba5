@testable import ModelStore
import Testing

/// What models need, and whether it is there.
@Suite struct MemoryTests {
    /// Weights in 32 layers, 128 KiB of cache for each token.
    private static func llama(_ gigabytes: Int = 5) -> ModelNeeds {
        var header = GGUFHeader()
        header.architecture = "llama"
        header.layers = 32
        header.embeddingLength = 4096
        header.feedForwardLength = 14_336
        header.heads = 32
        header.keyValueHeads = [8]
        header.contextLength = 131_072
        header.vocabularySize = 128_256
        return ModelNeeds(header, bytes: gigabytes * 1_000_000_000)
    }

    /// What llama-server of 2026 says that it allocates, in KiB: of cache, and of intermediate results.
    @Test(
        .enabled(if: realModel != nil),
        arguments: [
            (4096, 1, CacheType.f16, 27 * 1024, 23.8), (8192, 2, .f16, 78 * 1024, 28.8),
            (32_768, 1, .q8_0, 52_224 + 8160, 52.3),
        ]
    )
    func `the needs of a real model are what an engine allocates`(
        context: Int,
        slots: Int,
        type: CacheType,
        kibibytes: Int,
        compute: Double
    ) throws {
        let path = try #require(realModel)
        let size = try #require(FileSystem.size(of: path))
        let needs = ModelNeeds(try GGUFHeader(file: path), bytes: size)
        let cache = needs.cache(context: context, slots: slots, type: type)
        #expect(cache == kibibytes << 10)
        #expect(needs.weights == size)
        let ratio = Double(needs.compute(context: context, slots: slots)) / (compute * 1_048_576)
        #expect((1.0...1.25).contains(ratio), "\(ratio)")
    }

    @Test func `a layer keeps keys and values of all tokens, for each slot`() {
        let needs = Self.llama()
        #expect(needs.cache(context: 1) == 256 * 128 << 10, "caches grow in steps of 256 tokens")
        #expect(needs.cache(context: 8192) == 1 << 30)
        #expect(needs.cache(context: 8192, slots: 3) == 3 << 30)
        #expect(needs.cache(context: 8192, type: .q8_0) * 32 == 17 << 30)
        #expect(needs.layers.count == 32)
        #expect(needs.weights == 5_000_000_000)
    }

    @Test func `layers with a window keep that and a batch`() {
        var header = GGUFHeader()
        header.architecture = "gpt-oss"
        header.layers = 4
        header.embeddingLength = 64
        header.heads = 1
        header.slidingWindow = 128
        #expect(ModelNeeds(header, bytes: 100).layers.map(\.window) == [128, nil, 128, nil])
        header.slidingWindowPattern = [0, 1, 1, 1]
        #expect(ModelNeeds(header, bytes: 100).layers.map(\.window) == [nil, 128, 128, 128])
        header.slidingWindowPattern = []
        header.architecture = "something-new"
        #expect(ModelNeeds(header, bytes: 100).layers.map(\.window) == [nil, nil, nil, nil], "from above")
        header.slidingWindowPattern = [2]
        let needs = ModelNeeds(header, bytes: 100)
        #expect(needs.cache(context: 65_536) == 2 * 2 * 64 * 2 * (65_536 + 768))
    }

    @Test func `layers without attention keep a state of fixed size`() {
        var header = GGUFHeader()
        header.architecture = "granitehybrid"
        header.layers = 2
        header.embeddingLength = 64
        header.heads = 4
        header.keyValueHeads = [0, 2]
        header.recurrence = .init(convolution: 4, inner: 128, state: 16, groups: 1)
        let needs = ModelNeeds(header, bytes: 100)
        #expect(needs.layers.map(\.numbersPerToken) == [0, 64])
        #expect(needs.layers.map(\.state) == [4 * (3 * 160 + 16 * 128), 0])
    }

    @Test func `a header that claims absurd sizes asks for more than there is, and ends nothing`() {
        var header = GGUFHeader()
        header.architecture = "granitehybrid"
        header.layers = 4096
        header.embeddingLength = 1 << 30
        header.heads = 1 << 30
        header.keyValueHeads = [1 << 30, 0]
        header.keyLength = 1 << 30
        header.valueLength = 1 << 30
        header.recurrence = .init(convolution: 1 << 30, inner: 1 << 30, state: 1 << 30, groups: 1 << 30)
        let needs = ModelNeeds(header, bytes: 100)
        for type in CacheType.allCases {
            #expect(needs.total(context: 4_194_304, slots: 256, type: type) > 1 << 50)
        }
    }

    @Test func `a header that says too little counts with its weights`() {
        let needs = ModelNeeds(GGUFHeader(), bytes: 1000)
        #expect(!needs.isComplete)
        #expect(needs.weights == 1000)
        #expect(needs.cache(context: 4096) == 0)
    }

    @Test func `of a model that does not fit whole, the layers that do are counted`() {
        let needs = Self.llama()
        #expect(needs.layersThatFit(in: needs.total(context: 8192), context: 8192) == 32)
        #expect(needs.layersThatFit(in: needs.total(context: 8192) - 1, context: 8192) == 31)
        #expect(needs.layersThatFit(in: 0, context: 8192) == 0)
    }

    private func decide(
        _ models: [MemoryGuard.Model],
        _ gigabytes: Double,
        context: Int = 32_768,
        slots: Int = 1,
        cache: CacheType = .f16,
        fit: MemoryGuard.Fit
    ) -> MemoryGuard.Verdict {
        MemoryGuard.decide(
            models,
            available: Int(gigabytes * 1e9),
            of: .gpu,
            shape: .init(context: context, slots: slots, cache: cache),
            fit: fit
        )
    }

    @Test func `what fits is loaded as it was asked for`() {
        let model = MemoryGuard.Model("llama", Self.llama())
        guard case .fits(let needs) = decide([model], 24, fit: .check) else {
            Issue.record("it fits")
            return
        }
        #expect((9_000_000_000...11_000_000_000).contains(needs))
        #expect(decide([model], 0.1, fit: .off) == .unchecked)
        #expect(decide([], 0, fit: .check) == .fits(needs: 0))
    }

    @Test(arguments: [(9.0, 24_576), (8.0, 16_384), (7.0, 8192), (6.5, 6144), (6.0, 2048)])
    func `a smaller context is the largest step that fits`(gigabytes: Double, context: Int) {
        let verdict = decide([MemoryGuard.Model("llama", Self.llama())], gigabytes, fit: .shrink)
        guard case .shrinks(let found, let needs) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(found == context)
        #expect(Double(needs) <= gigabytes * 1e9)
    }

    @Test func `several models share one context`() {
        let models = [MemoryGuard.Model("a", Self.llama()), MemoryGuard.Model("b", Self.llama())]
        guard case .shrinks(let one, _) = decide([models[0]], 8, fit: .shrink),
            case .shrinks(let both, _) = decide(models, 16, fit: .shrink)
        else {
            Issue.record("both shrink")
            return
        }
        #expect(one == both)
    }

    @Test func `what does not fit is named with what is missing and what to do`() throws {
        let models = [
            MemoryGuard.Model("small", Self.llama(5)), MemoryGuard.Model("large", Self.llama(20)),
        ]
        guard case .tooLarge(let shortage) = decide(models, 24, context: 8192, slots: 2, fit: .check) else {
            Issue.record("it does not fit")
            return
        }
        #expect(shortage.fitting == ["small"])
        #expect(shortage.left == ["large"])
        #expect(shortage.missing == shortage.needs - 24_000_000_000)
        let words = shortage.description
        for part in [
            "The models small, large need ", "in each of 2 slots", "24.0 GB are free",
            "large does not fit beside small",
            "of 32 layers of large would fit", "OLLAMA_KV_CACHE_TYPE=q8_0", "KINDLING_CONCURRENCY",
            "smaller quantisation",
        ] {
            #expect(words.contains(part), "\(part): \(words)")
        }
    }

    @Test func `only what helps is recommended`() {
        func words(_ gigabytes: Double, _ cache: CacheType, _ fit: MemoryGuard.Fit) -> String {
            let verdict = decide([.init("m", Self.llama())], gigabytes, cache: cache, fit: fit)
            guard case .tooLarge(let shortage) = verdict else { return "\(verdict)" }
            return shortage.description
        }
        #expect(words(8, .f16, .check).contains("Set KINDLING_FIT=shrink (a context of 16384 fits)"))
        #expect(!words(3, .f16, .check).contains("KINDLING_FIT"), "no context is small enough")
        #expect(!words(3, .f16, .shrink).contains("KINDLING_FIT"))
        #expect(!words(3, .q8_0, .shrink).contains("KV_CACHE"))
        #expect(words(3, .q8_0, .shrink).hasSuffix("Choose a smaller quantisation, or take a larger machine."))
    }

    @Test func `steps are powers of two and those half-way`() {
        #expect(MemoryGuard.steps(below: 8192) == [6144, 4096, 3072, 2048])
        #expect(MemoryGuard.steps(below: 2048).isEmpty)
        #expect(MemoryGuard.steps(below: 2049) == [2048])
        #expect(MemoryGuard.steps(below: .max).count < 130)
    }

    @Test func `cache types are those that engines know`() {
        #expect(CacheType(named: nil) == .f16)
        #expect(CacheType(named: "Q8_0") == .q8_0)
        #expect(CacheType(named: "nonsense") == .f16)
        #expect(CacheType.allCases.map { $0.bytes(of: 32) } == [128, 64, 64, 34, 24, 22, 20, 18, 18])
    }
}
