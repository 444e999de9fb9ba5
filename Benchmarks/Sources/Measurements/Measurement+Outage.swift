extension Measurement {
    static func unavailable(quick: Bool) -> Measurement {
        outage("outage-503", .unavailable, "that answers 503", quick: quick)
    }

    static func resetting(quick: Bool) -> Measurement {
        outage("outage-reset", .resetting, "that resets connections", quick: quick)
    }

    private static func outage(
        _ name: String,
        _ manner: StubQueue.Manner,
        _ title: String,
        quick: Bool
    ) -> Measurement {
        Measurement(
            name: name,
            rounds: quick ? 1 : 3,
            rows: [
                Row(
                    "requests in the first 10 s of a dead queue \(title)",
                    unit: "requests",
                    target: .atMost(20),
                    meaning: "all of them, heartbeats included, from the first one on."
                )
            ]
        ) { subject, bench in
            try bench.onStage(subject, .init(manner: manner)) { stage in
                try stage.wait(for: 1, .take)
                pause(for: .seconds(11))
                let arrivals = stage.exchanges.map(\.arrived)
                guard let first = arrivals.min() else { return [] }
                return [Double(arrivals.count { $0 <= first + .seconds(10) })]
            }
        }
    }
}
