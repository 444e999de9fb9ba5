/// A generator that gives the same numbers for the same seed, so that a run which failed can be had again (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A fault that passes by itself, drawn at random.
public struct RandomFault: Sendable, Hashable {
    /// What happens.
    public let fault: Fault
    /// Where.
    public let route: QueueRoute
    /// To so many requests in a row.
    public let times: Int

    /// Faults of delivery are drawn most: they are what a result can be lost by.
    private static let choices: [(QueueRoute, [Fault])] = [
        (.done, [.status(500), .status(503), .status(429, retryAfter: 0), .reset, .lostAnswer, .garbage(.cut)]),
        (.done, [.status(502), .reset, .lostAnswer, .slow(.milliseconds(50))]),
        (.stream, [.status(500), .status(503), .reset, .lostAnswer, .garbage(.notHTTP)]),
        (.take, [.status(500), .status(400), .reset, .lostAnswer, .garbage(.truncated), .garbage(.empty)]),
        (.stop, [.status(500), .reset, .garbage(.number)]),
        (.ping, [.status(500), .reset, .garbage(.otherType)]),
    ]

    /// Draws one.
    public init(using generator: inout some RandomNumberGenerator) {
        let (route, faults) = Self.choices[Int.random(in: 0..<Self.choices.count, using: &generator)]
        self.route = route
        fault = faults[Int.random(in: 0..<faults.count, using: &generator)]
        times = Int.random(in: 1...2, using: &generator)
    }
}

extension FaultyQueue {
    /// Lets a fault strike the next requests on its route.
    public func inject(_ random: RandomFault) {
        inject(random.fault, on: random.route, for: .times(random.times))
    }
}
