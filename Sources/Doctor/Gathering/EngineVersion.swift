import Processes

/// Reads what engines answer to `--version`.
enum EngineVersion {
    /// Ollama says `ollama version is 0.32.15`, or, where no server runs, `Warning: client version is 0.32.15` behind
    /// another warning; llama-server says `version: 6780 (a1b2c3d)`.
    static func parse(_ lines: [String]) -> String? {
        for line in lines {
            for mark in ["client version is ", "ollama version is ", "version: "] {
                guard let range = line.firstRange(of: mark) else { continue }
                let word = line[range.upperBound...].prefix { !$0.isWhitespace }
                if word.first?.isNumber == true { return String(word) }
            }
        }
        return nil
    }

    static func fact(_ outcome: ProgramOutput.Outcome) -> EngineFact.Version {
        switch outcome {
        case .hung: .unknown("it did not end")
        case .notStarted(let words): .unknown(words)
        case .ended(let status, let lines):
            if let version = parse(lines) {
                .known(version)
            } else {
                .unknown((lines.suffix(3) + (status.isSuccess ? [] : ["(\(status))"])).joined(separator: " "))
            }
        }
    }
}
