/// How the keys and values of tokens are kept, as `OLLAMA_KV_CACHE_TYPE` says.
public enum CacheType: String, Sendable, Hashable, CaseIterable {
    /// Single precision.
    case f32
    /// Half precision, the default.
    case f16
    /// Half precision with the range of single.
    case bf16
    /// Eight bits: half the memory, with a loss that is hardly ever noticed.
    case q8_0
    /// Five bits and an offset.
    case q5_1
    /// Five bits.
    case q5_0
    /// Four bits and an offset.
    case q4_1
    /// Four bits: a quarter of the memory.
    case q4_0
    /// Four bits on an uneven scale.
    case iq4_nl

    /// The type of a variable's value, with Ollama's default where it is unset or unknown.
    public init(named name: String?) {
        self = name.flatMap { CacheType(rawValue: $0.lowercased()) } ?? .f16
    }

    /// Bytes of so many numbers. The quantised types keep blocks of 32 with a scale.
    public func bytes(of numbers: Int) -> Int {
        let blocks = (numbers + 31) / 32
        return switch self {
        case .f32: numbers * 4
        case .f16, .bf16: numbers * 2
        case .q8_0: blocks * 34
        case .q5_1: blocks * 24
        case .q5_0: blocks * 22
        case .q4_1: blocks * 20
        case .q4_0, .iq4_nl: blocks * 18
        }
    }
}
