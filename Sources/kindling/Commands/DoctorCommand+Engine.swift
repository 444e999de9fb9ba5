import Doctor
import Engines
import Support

extension DoctorCommand {
    /// The engine that a worker with these settings would run. Blocking.
    static func engine(_ settings: Settings, _ environment: [String: String]) -> EngineFact.Choice {
        let name = settings[Catalogue.engine]
        let configuration = EngineConfiguration(
            kind: name == .direct ? .llamaServer : EngineKind(rawValue: name.rawValue),
            isDirect: name == .direct,
            program: settings[Catalogue.engineProgram],
            url: settings[Catalogue.engineURL],
            environment: environment
        )
        do throws(EngineChoice.Impossible) {
            let choice = try EngineChoice.find(configuration)
            return .found(kind: choice.kind.rawValue, program: choice.program, reason: choice.reason)
        } catch {
            return .impossible(error.description)
        }
    }
}
