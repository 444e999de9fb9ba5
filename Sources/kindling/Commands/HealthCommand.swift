import ArgumentParser
import HTTPTransport
import JSON
import Support
import Telemetry

/// `kindling health`
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks the worker on this machine whether it is ready; what a container's health check calls.",
        discussion: """
            Asks /ping at the status port (KINDLING_STATUS_PORT) if there is one, else at the port of serve. Exit codes: 0 \
            ready, 1 not: starting, draining, failed, or nobody answers.
            """
    )

    @OptionGroup(title: "Settings") var flags: SettingFlags

    func run() async throws {
        let environment = SmallFile.environment()
        guard let url = try ServingPlace.healthURL(flags.resolved(environment: environment), environment) else {
            throw ValidationError("a queue worker is asked at its status port: set KINDLING_STATUS_PORT for both")
        }
        let http = HTTPClient(configuration: .init(userAgent: Version.userAgent, environment: environment))
        defer { http.shutdown() }
        var request = HTTPRequest("GET", url)
        request.timeout = .seconds(4)
        request.usesProxy = false
        let (text, isReady) = await Self.answer(to: request, http)
        LogOutput.standardOutput.write(text + "\n")
        throw (isReady ? ExitStatus.done : .failed).code
    }

    private static func answer(to request: HTTPRequest, _ http: HTTPClient) async -> (String, isReady: Bool) {
        let reply: HTTPReply
        do throws(HTTPError) {
            reply = try await http.fetch(request, upTo: 1 << 16)
        } catch {
            return ("nobody answers at \(request.url): \(error.message)", false)
        }
        switch reply.status {
        case 200: return ("ready", true)
        case 204: return ("starting: the model is on its way into memory", false)
        default:
            let cause = (try? JSON(parsing: reply.body))?["error"]?.string
            return ("not ready: \(cause ?? "status \(reply.status)")", false)
        }
    }
}
