import ArgumentParser
import Glibc
import HTTPTransport
import ModelFetch
import ModelStore
import Support
import Telemetry
import UnixSignals

/// `kindling pull`
struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Brings models to disk, no engine needed.",
        discussion: """
            A NAME is one of Ollama's registry (gemma3:4b), of Hugging Face (hf.co/org/name:Q4_K_M), of another registry \
            (registry.example.com/org/name:tag), or the https URL of a GGUF file. Without names, those in OLLAMA_MODELS are \
            pulled, or KINDLING_MODEL. HF_TOKEN opens gated models of Hugging Face, and goes nowhere else.

            What is interrupted is resumed by the next pull. Every file is verified before it gets its name, and two pulls \
            into one store do not harm each other.

            Exit codes: 0 done, 1 no such model or a damaged one, 2 network or disk, 64 usage.
            """
    )

    @Argument(help: ArgumentHelp("The models.", valueName: "name"))
    var names: [String] = []
    @Option(help: ArgumentHelp("The folder to bring them to. (default: OLLAMA_MODELS, else ~/.ollama/models)"))
    var store: String?
    @Option(help: ArgumentHelp("Make the model NAME of this file instead.", valueName: "file.gguf|Modelfile"))
    var from: String?
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("What the file of a URL is called as a model.", valueName: "name")
    )
    var name: String?
    @Option(help: ArgumentHelp("Connections for a file.", valueName: "n"))
    var parallel = PullPolicy().connections
    @Flag(help: "Allow plain http, which else is refused even on this machine.")
    var insecure = false
    @Flag(help: "Say nothing unless something is wrong.")
    var quiet = false

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel takes 1 to 64") }
        guard from == nil || names.count == 1 else { throw ValidationError("--from takes one NAME for the model") }
        guard name == nil || names.count == 1 else { throw ValidationError("--as is for one URL") }
        guard name == nil || from == nil else { throw ValidationError("with --from, the NAME is the model's") }
    }

    func run() async throws {
        let environment = SmallFile.environment()
        let work: [PullWork]
        let choices: PullChoices
        do {
            choices = try PullChoices(names: names, store: store, environment: environment)
            work = try choices.names.map { text throws(PullError) in try PullWork(text, from: from, as: name) }
        } catch {
            throw ValidationError("\(error)")
        }
        let display = ProgressDisplay(isQuiet: quiet)
        let http = HTTPClient(configuration: .init(userAgent: Version.userAgent, environment: environment))
        var policy = PullPolicy()
        policy.connections = parallel
        policy.allowsInsecure = insecure
        let puller = ModelPuller(
            store: choices.store,
            http: http,
            policy: policy,
            token: environment["HF_TOKEN"].flatMap { AccessToken(huggingFace: $0) },
            onEvent: display.take
        )
        let error = await Interruption.ending { [work] () async -> PullError? in
            do throws(PullError) {
                for item in work { try await item.run(with: puller) }
                return nil
            } catch {
                return error
            }
        }
        display.finish(error)
        http.shutdown()
        throw (error.map { $0.isEnvironmental ? ExitStatus.environment : .failed } ?? .done).code
    }
}

/// One name on the command line.
private enum PullWork {
    case pull(PullTarget)
    case importing(String, as: ModelReference)

    init(_ text: String, from file: String?, as name: String?) throws(PullError) {
        guard let file else {
            self = .pull(try PullTarget(text, as: name))
            return
        }
        guard let model = ModelReference(text) else {
            throw .badName(text, reason: "a model is named like gemma3:4b")
        }
        self = .importing(file, as: model)
    }

    func run(with puller: ModelPuller) async throws(PullError) {
        switch self {
        case .pull(let target): try await puller.pull(target)
        case .importing(let file, let model): try await puller.importModel(from: file, as: model)
        }
    }
}

/// SIGINT and SIGTERM cancel the work, which then puts its things in order. A second one waits for nothing: a hung disk
/// may keep the work from ever ending.
private enum Interruption {
    static func ending<Value: Sendable>(_ work: @escaping @Sendable () async -> Value?) async -> Value? {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let task = Task { await work() }
        let watch = Task {
            var isFirst = true
            for await _ in signals {
                if isFirst { task.cancel() } else { _exit(130) }
                isFirst = false
            }
        }
        defer { watch.cancel() }
        return await task.value
    }
}
