import Testing

@testable import benchmark

@Suite struct StatisticsTests {
    @Test(
        arguments: [
            ([], nil), ([3], 3), ([9, 1, 5], 5), ([4, 1, 3, 2], 2.5), ([-2, 2], 0),
        ] as [([Double], Double?)]
    )
    func `the median is the middle value`(values: [Double], median: Double?) {
        #expect(Sample(values).median == median)
    }

    @Test(
        arguments: [
            (50, 50), (99, 99), (100, 100), (0, 1), (0.5, 1), (99.1, 100),
        ] as [(Double, Double)]
    )
    func `a percentile is a measured value`(percent: Double, value: Double) {
        #expect(Sample((1...100).reversed().map(Double.init)).percentile(percent) == value)
    }

    @Test func `the 99th percentile of a few values is the largest`() {
        #expect(Sample([1, 7, 3]).percentile(99) == 7)
        #expect(Sample([]).percentile(99) == nil)
    }

    @Test(
        arguments: [
            (0, "0.00"), (0.306, "0.31"), (9.994, "9.99"), (9.996, "10.0"), (51.23, "51.2"), (99.96, "100"),
            (706.4, "706"),
            (25_939.2, "25,939"), (1_000_000, "1,000,000"), (-0.3, "-0.30"), (-0.001, "0.00"), (-1234.5, "-1,235"),
        ] as [(Double, String)]
    )
    func `figures have three significant digits`(value: Double, text: String) {
        #expect(value.readable == text)
    }
}

@Suite struct TargetTests {
    @Test(
        arguments: [
            (.atMost(5), 5, nil, .met), (.atMost(5), 5.01, nil, .missed),
            (.atLeast(199), 200, 47, .met), (.atLeast(199), 198, 47, .missed),
            (.atMostOfSDK(0.01), 15, 1600, .met), (.atMostOfSDK(0.01), 17, 1600, .missed),
            (.atLeastOfSDK(600), 610, 1, .met), (.atLeastOfSDK(600), 599, 1, .missed),
            (.atLeastOfSDK(600), 610, nil, .open), (.atMost(5), nil, 3, .open), (.none, 1, 1, .open),
        ] as [(Target, Double?, Double?, Target.Verdict)]
    )
    func `a missed target is called missed`(target: Target, ours: Double?, sdk: Double?, verdict: Target.Verdict) {
        #expect(target.verdict(ours: ours, sdk: sdk) == verdict)
    }

    @Test func `a row shows median, spread, target and verdict`() {
        var finding = Finding(Row("jobs", unit: "/s", target: .atLeastOfSDK(600), meaning: ""))
        finding.sdk = [1, 1, 1]
        finding.ours = [650, 700, 580]
        #expect(finding.line == "| jobs | 1.00 /s | 650 /s (580 to 700) | at least 600 × the SDK's | yes |")
    }
}

@Suite struct AssignmentTests {
    @Test(arguments: [
        Assignment(), Assignment(tokens: 2000, rate: 200, size: 7, streams: true), Assignment(tokens: 3, size: 1),
    ])
    func `an assignment survives its way through a prompt`(assignment: Assignment) {
        let input = assignment.input(job: "job-7")
        var parsed = ParsedPrompt(input.split(separator: "\"").map(String.init)[3])
        parsed.assignment.streams = assignment.streams
        #expect(parsed.job == "job-7")
        #expect(parsed.assignment == assignment)
        #expect(assignment.token.utf8.count == assignment.size)
    }

    @Test func `a prompt of somebody else asks for one token`() {
        #expect(ParsedPrompt("a") == ParsedPrompt(""))
        #expect(ParsedPrompt("Why is the sky blue? x=1").assignment == Assignment())
    }
}
