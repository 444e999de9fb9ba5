import Compression
import Jobs
import Testing

@testable import Delivery

@Suite struct OutboxParcelFileTests {
    static let oddJobs = [
        "", "a", "../../etc/passwd", "/", ".", String(repeating: "x", count: 4096),
        "\u{1F525}\u{1F469}\u{200D}\u{1F52C}",
        "a\0b", "line\nline", "\"quoted\\\"", "kindling-parcel 1", String(repeating: "\0", count: 4096),
    ]

    @Test(arguments: oddJobs) func whateverAJobIsCalledItsParcelComesBack(_ job: String) throws {
        let parcel = makeParcel(job, chunks: ["one", "", "three"])
        #expect(try ParcelFile.decode(ParcelFile.encode(parcel)) == parcel)
    }

    @Test(arguments: [
        makeParcel(chunks: [], result: ""), makeParcel(chunks: ["", "", ""], result: ""),
        makeParcel(chunks: (0..<5000).map { "chunk \($0)" }), makeParcel(finished: -1), makeParcel(finished: .max),
        makeParcel(chunks: ["\0\r\n\u{FF}"], result: "not JSON at all"),
    ]) func whateverItHoldsComesBack(_ parcel: Parcel) throws {
        #expect(try ParcelFile.decode(ParcelFile.encode(parcel)) == parcel)
    }

    @Test func from64KilobytesOnItIsPacked() throws {
        let below = makeParcel(result: String(repeating: "a", count: ParcelFile.packingThreshold - 1))
        let at = makeParcel(chunks: [String(repeating: "a", count: 536)], result: String(repeating: "b", count: 65_000))
        #expect(ParcelFile.encode(below).count > ParcelFile.packingThreshold)
        #expect(ParcelFile.encode(at).count < 2000)
        #expect(try ParcelFile.decode(ParcelFile.encode(at)) == at)
    }

    @Test func whatPackingWouldMakeLongerIsKeptAsItIs() throws {
        var parcel = makeParcel()
        parcel.result = (0..<100_000).map { _ in UInt8.random(in: .min ... .max) }
        let bytes = ParcelFile.encode(parcel)
        #expect(Array(bytes.suffix(100_000)) == parcel.result)
        #expect(try ParcelFile.decode(bytes) == parcel)
    }

    @Test(arguments: [0, ParcelFile.packingThreshold]) func aTornFileIsRecognisedWhereverItEnds(_ threshold: Int) {
        let bytes = ParcelFile.encode(makeParcel(chunks: ["one", "two"]), packingFrom: threshold)
        for length in 0..<bytes.count {
            #expect(throws: ParcelProblem.self) { try ParcelFile.decode(Array(bytes.prefix(length))) }
        }
        #expect(throws: ParcelProblem.self) { try ParcelFile.decode(bytes + [0]) }
    }

    @Test(arguments: [0, ParcelFile.packingThreshold]) func noFlippedBitGoesUnseen(_ threshold: Int) {
        let bytes = ParcelFile.encode(makeParcel(chunks: ["one", "two"]), packingFrom: threshold)
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(throws: ParcelProblem.self) { try ParcelFile.decode(damaged) }
            }
        }
    }

    @Test(arguments: [
        "", "\n", "kindling-parcel", "kindling-parcel 1", "kindling-parcel 1 9999999999 \(zeros)\n{}",
        "kindling-parcel 1 -000000001 \(zeros)\n", "kindling-parcel 1 0000000002 \(zeros)\n{}\n", "{}", "\u{1F}\u{8B}",
    ]) func foreignBytesAreRecognised(_ text: String) {
        #expect { try ParcelFile.decode(Array(text.utf8)) } throws: { error in
            guard case .damaged? = error as? ParcelProblem else { return false }
            return true
        }
    }

    @Test func aNewerVersionIsNoDamage() {
        let text = String(decoding: ParcelFile.encode(makeParcel()), as: UTF8.self)
        let newer = text.replacing("kindling-parcel 1 ", with: "kindling-parcel 12 ", maxReplacements: 1)
        #expect(throws: ParcelProblem.unknownVersion("12")) { try ParcelFile.decode(Array(newer.utf8)) }
    }

    /// The checksums are no secret: a file with right ones may still lie.
    @Test(arguments: [
        #"[]"#, #"{}"#, #"{"job":1}"#, header(lengths: "[]", size: 0), header(lengths: "[-1]", size: 0),
        header(lengths: "[9223372036854775807,1]", size: 3), header(lengths: #"["3"]"#, size: 3),
        header(lengths: "[4]", size: 3), header(lengths: "[2]", size: 3), header(lengths: "[3]", size: 4),
        header(lengths: "[3]", size: -3), header(lengths: "[3]", size: 3, encoding: "gzip"),
        header(lengths: "[3]", size: 3, encoding: "zstd"), String(repeating: "[", count: 100_000),
    ]) func aHeaderThatLiesIsRecognised(_ header: String) {
        #expect(throws: ParcelProblem.self) { try ParcelFile.decode(Self.file(header, payload: Array("abc".utf8))) }
    }

    @Test func aBombIsNotUnpackedBeyondWhatItsHeaderSays() throws {
        let bomb = try Gzip.pack([UInt8](repeating: 0, count: 20 << 20))
        let header = Self.header(lengths: "[3]", size: bomb.count, encoding: "gzip", payload: bomb)
        #expect(throws: ParcelProblem.damaged("it holds more than 3 bytes")) {
            try ParcelFile.decode(Self.file(header, payload: bomb))
        }
    }

    @Test func theHeaderAloneSaysWhatAListNeeds() throws {
        let parcel = makeParcel(chunks: ["one", "two"], result: String(repeating: "x", count: 50_000))
        let bytes = ParcelFile.encode(parcel)
        let start = Array(bytes.prefix(100))
        let end = try ParcelFile.headerEnd(of: start)
        #expect(end < 1000)
        let header = try ParcelFile.header(of: Array(bytes.prefix(end)), fileSize: bytes.count)
        #expect(header.address == parcel.address)
        #expect(header.chunks == 2)
        #expect(header.finished == parcel.finished)
        #expect(throws: ParcelProblem.self) {
            try ParcelFile.header(of: Array(bytes.prefix(end)), fileSize: bytes.count - 1)
        }
    }

    private static let zeros = String(repeating: "0", count: 64)

    private static func header(
        lengths: String,
        size: Int,
        encoding: String = "plain",
        payload: [UInt8] = Array("abc".utf8)
    ) -> String {
        """
        {"job":"j","result":"r","stream":"s","finished":1,"lengths":\(lengths),"encoding":"\(encoding)",\
        "size":\(size),"sha256":"\(ParcelFile.checksum(payload[...]))"}
        """
    }

    private static func file(_ header: String, payload: [UInt8]) -> [UInt8] {
        let length = String(header.utf8.count)
        let padded = String(repeating: "0", count: 10 - length.count) + length
        let checksum = ParcelFile.checksum(Array(header.utf8)[...])
        return Array("kindling-parcel 1 \(padded) \(checksum)\n\(header)\n".utf8) + payload
    }
}
