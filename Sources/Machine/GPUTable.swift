/// Reads what nvidia-smi prints. Pure.
enum GPUTable {
    /// What is asked for; the columns come back in this order.
    static let query = [
        "index", "name", "uuid", "driver_version", "memory.total", "memory.free", "memory.used", "utilization.gpu",
        "compute_cap",
    ]

    /// What the tool's answer to the query means.
    static func facts(_ answer: Result<[String], GPUFacts.Trouble>) -> GPUFacts {
        var facts = GPUFacts()
        // A machine without a GPU is said to be one in words, with or without an error code.
        let noDevices = "No devices were found"
        switch answer {
        case .failure(.failed(_, let words)) where words.contains(noDevices): break
        case .failure(let trouble): facts.trouble = trouble
        case .success(let lines):
            facts.gpus = parse(lines)
            let words = lines.joined(separator: " ")
            if facts.gpus.isEmpty, !words.isEmpty, !words.contains(noDevices) {
                facts.trouble = .unreadable(answer: String(words.prefix(200)))
            }
        }
        return facts
    }

    /// The lines of `--query-gpu=… --format=csv,noheader,nounits`. A line with another number of columns or without an
    /// index is a message, not a GPU.
    static func parse(_ lines: [String]) -> [GPU] {
        lines.compactMap(gpu).sorted { $0.index < $1.index }
    }

    private static func gpu(_ line: String) -> GPU? {
        var fields = line.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
        // Old drivers are asked without the last column.
        if fields.count == query.count - 1 { fields.append("[N/A]") }
        guard fields.count == query.count, let index = Int(fields[0]), index >= 0, let name = known(fields[1]) else {
            return nil
        }
        return GPU(
            index: index,
            name: name,
            uuid: known(fields[2]),
            driver: known(fields[3]),
            memoryTotal: mebibytes(fields[4]),
            memoryFree: mebibytes(fields[5]),
            memoryUsed: mebibytes(fields[6]),
            utilisation: number(fields[7]).map { Double($0) / 100 },
            computeCapability: known(fields[8])
        )
    }

    /// `CUDA Version: 12.8` in the head of the tool's plain answer. It says `N/A` where the library is missing.
    static func cudaVersion(_ lines: [String]) -> String? {
        for line in lines {
            let words = line.split { $0 == " " || $0 == "|" }
            guard let place = words.firstIndex(of: "CUDA") else { continue }
            // Newer drivers print "CUDA UMD Version".
            guard let label = words[place...].prefix(3).firstIndex(of: "Version:"), label + 1 < words.count else {
                continue
            }
            let version = words[label + 1]
            if version.contains("."), version.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }) {
                return String(version)
            }
        }
        return nil
    }

    /// `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `[GPU requires reset]`: brackets hold no value.
    private static func known(_ field: String) -> String? {
        field.isEmpty || field.hasPrefix("[") || field == "N/A" ? nil : field
    }

    private static func number(_ field: String) -> Int? {
        // "nounits" was seen to be ignored for a column.
        known(field).flatMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }
    }

    private static func mebibytes(_ field: String) -> Int? {
        guard let value = number(field) else { return nil }
        let (bytes, overflow) = value.multipliedReportingOverflow(by: 1 << 20)
        return overflow ? nil : bytes
    }
}

extension Substring {
    fileprivate var trimmed: String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        let rest = drop(while: blank)
        return String(rest.reversed().drop(while: blank).reversed())
    }
}
