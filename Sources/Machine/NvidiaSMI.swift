import Processes
import Support

extension GPUFacts {
    /// A driver that is well answers in some hundred milliseconds, and a start waits for it.
    public static let patience = Duration.seconds(5)

    /// Asks `nvidia-smi`, and its plain answer for the CUDA version at the same time: a second process.
    ///
    /// A cancelled task waits for neither: both are killed, and the trouble is that of a driver that hangs.
    ///
    /// - Parameters:
    ///   - nvidiaSMI: absolute path of the program; nil: there is none, and so no GPU
    ///   - limit: how long it may take; then it is killed
    ///   - asksCUDA: whether the CUDA version is wanted, which does not change while a process runs
    public static func read(
        nvidiaSMI: String?,
        limit: Duration = patience,
        asksCUDA: Bool = true
    ) async -> GPUFacts {
        guard let nvidiaSMI else { return GPUFacts() }
        async let plain = asksCUDA ? answer(nvidiaSMI, [], limit: limit) : .success([])
        var table = await query(nvidiaSMI, GPUTable.query, limit: limit)
        // Drivers before 2021 do not know that column and refuse all of them for it.
        if case .failure(.failed(_, let words)) = table, words.contains("compute_cap") {
            table = await query(nvidiaSMI, GPUTable.query.dropLast(), limit: limit)
        }
        var facts = GPUTable.facts(table)
        if case .success(let lines) = await plain { facts.cuda = GPUTable.cudaVersion(lines) }
        return facts
    }

    private static func query(
        _ program: String,
        _ columns: some Sequence<String>,
        limit: Duration
    ) async -> Result<[String], Trouble> {
        let columns = columns.joined(separator: ",")
        return await answer(program, ["--query-gpu=\(columns)", "--format=csv,noheader,nounits"], limit: limit)
    }

    private static func answer(
        _ program: String,
        _ arguments: [String],
        limit: Duration
    ) async -> Result<[String], Trouble> {
        let lines = Lock<[String]>([])
        // Its words are looked for in English, whatever the machine speaks.
        var environment = Command.inheritedEnvironment
        environment["LC_ALL"] = "C"
        let child: ChildProcess
        do throws(SpawnError) {
            child = try await ChildProcess.spawn(Command(program, arguments, environment: environment)) { line in
                // Sixteen GPUs are a hundred lines.
                guard line.stream == .standardOutput else { return }
                lines.withLock { if $0.count < 1_000 { $0.append(line.text) } }
            }
        } catch {
            return error.code == .notFound ? .success([]) : .failure(.notStarted(reason: error.description))
        }
        // Waiting is given up rather than the death awaited: a process stuck in the driver does not even die of SIGKILL.
        let status = await withTaskGroup { group in
            group.addTask { try? await child.exitUnlessCancelled() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return child.exitStatus
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let status else {
            Task { await child.end(grace: .zero) }
            return .failure(.timedOut(limit))
        }
        guard status.isSuccess else {
            let words = child.lastLines.suffix(3).joined(separator: " ")
            return .failure(.failed(status: "\(status)", words: words))
        }
        return .success(lines.withLock { $0 })
    }
}
