import Jobs

/// Parcels whose content follows from their number.
enum Sample {
    static let chunks = 3

    static func parcel(_ number: Int, bytes: Int) -> Parcel {
        let address = ReturnAddress(job: "job-\(number)", result: "http://queue/\(number)", stream: "http://queue/s")
        let text = String(repeating: "\(number) ", count: bytes / 6)
        let body = { (name: String) in Array(#"{"\#(name)":"\#(text)"}"#.utf8) }
        return Parcel(
            address: address,
            chunks: (0..<chunks).map { body("chunk \($0)") },
            result: body("result"),
            finished: 1_700_000_000_000 + number
        )
    }
}
