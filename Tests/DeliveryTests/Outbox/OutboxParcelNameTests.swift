import Testing

@testable import Delivery

@Suite struct OutboxParcelNameTests {
    private var generator = SystemRandomNumberGenerator()

    @Test(arguments: OutboxParcelFileTests.oddJobs) mutating func whateverAJobIsCalledItsFileIsSafe(_ job: String) {
        let name = ParcelName(finished: 1, job: job, using: &generator)
        #expect(name.file.utf8.count == 51)
        #expect(name.file.allSatisfy { $0.isHexDigit || $0 == "-" || $0 == "." })
        #expect(!name.file.hasPrefix("."))
        #expect(ParcelName(name.file) == name)
    }

    @Test mutating func aSortedListIsAQueue() {
        let times = [Int.min, -1, 0, 9, 10, 1_763_719_200_000, 10_000_000_000_000, Int.max]
        let names = times.map { ParcelName(finished: $0, job: "a", using: &generator).file }
        // What lies before 1970 is all the same age.
        #expect(Array(names[2...]) == names[2...].sorted())
        #expect(names[0].prefix(15) == names[2].prefix(15))
    }

    @Test mutating func theSameJobStoredTwiceHasTwoFiles() {
        let names = (0..<1000).map { _ in ParcelName(finished: 1, job: "a", using: &generator).stem }
        #expect(Set(names).count == 1000)
    }

    @Test mutating func anAcknowledgementChangesTheEndAlone() throws {
        var name = ParcelName(finished: 1, job: "a", using: &generator)
        #expect(name.file == "\(name.stem).0")
        name.acknowledged = 12
        #expect(name.file == "\(name.stem).12")
        #expect(ParcelName(name.file)?.acknowledged == 12)
    }

    @Test(arguments: [
        "", ".", ".alive", "rejected", "\(stem)", "\(stem).", "\(stem).-1", "\(stem).+1", "\(stem).01", "\(stem).1.new",
        "\(stem).1234567890", "\(stem).1x", "x\(stem).1", "\(stem)-0.1", "\(stem).1/", "\(stem).\u{661}",
        "00000000000000x-0123456789abcdef-0123456789abcdef.1", "000000000000001-0123456789ABCDEF-0123456789abcdef.1",
        "000000000000001-0123456789abcde-00123456789abcdef.1",
    ]) func whatIsNoParcelsNameIsLeftAlone(_ text: String) {
        #expect(ParcelName(text) == nil)
    }

    private static let stem = "000000000000001-0123456789abcdef-0123456789abcdef"
}
