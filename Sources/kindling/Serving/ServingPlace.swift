import ArgumentParser
import Gateway
import ModelStore
import Support

/// Where and how this process is reached over HTTP: the platform's rules, and what the settings say of it.
struct ServingPlace {
    /// For the log.
    let name: String
    let reason: String
    let isLocal: Bool
    let host: String
    let port: Int
    /// A port for health and figures alone; nil: they are at `port` only.
    let statusPort: Int?
    /// Whether requests matter more than that port: not where a platform asks there.
    let isStatusPortOptional: Bool
    let paths: Gateway.Paths
    let doors: Gateway.Doors

    /// A port that others reach is never open to all by accident. A platform keeps strangers away itself.
    var makesKey: Bool { isLocal && !LoopbackAddress.isOne(host) }
    /// A platform sends requests to a worker once it says that it is ready, and it is paid for until then.
    var startsEagerly: Bool { !isLocal }

    /// - Throws: `ValidationError` that names the variable
    init(_ settings: Settings, _ environment: [String: String]) throws {
        let platform: ServingPlatform
        do {
            platform = try ServingPlatform.detect(
                environment: environment,
                named: settings[Catalogue.platform].rawValue,
                port: settings.isSet(Catalogue.port) ? settings[Catalogue.port] : nil,
                hasModelFolder: FileSystem.isFolder(StoreSearch.unpackedFolder)
            )
        } catch {
            throw ValidationError(error.description)
        }
        name = platform.name.rawValue
        reason = platform.reason
        isLocal = platform.isLocal
        host = settings.isSet(Catalogue.host) ? settings[Catalogue.host] : platform.host
        port = platform.port
        let named = settings[Catalogue.statusPort]
        isStatusPortOptional = platform.healthPort == nil
        statusPort = platform.healthPort ?? (named > 0 && named != platform.port ? named : nil)
        paths = platform.paths
        doors = platform.doors
    }

    init(_ host: Host) throws {
        try self.init(host.settings, host.environment)
    }
}

extension ServingPlace {
    /// The port of a queue worker, which has one for health and figures or none.
    private init(statusPort: Int, _ settings: Settings) {
        name = "a queue worker"
        reason = "RUNPOD_WEBHOOK_GET_JOB is set"
        isLocal = false
        host = settings[Catalogue.host]
        port = statusPort
        self.statusPort = nil
        isStatusPortOptional = true
        paths = Gateway.Paths()
        doors = .status
    }

    /// A queue worker's; nil: it has none.
    static func status(_ settings: Settings) -> ServingPlace? {
        let port = settings[Catalogue.statusPort]
        return port > 0 ? ServingPlace(statusPort: port, settings) : nil
    }

    /// Where a worker with these settings is asked how it is. Nil: nowhere.
    static func healthURL(_ settings: Settings, _ environment: [String: String]) throws -> String? {
        let isQueueWorker = environment["RUNPOD_WEBHOOK_GET_JOB"]?.isEmpty == false
        guard let place = isQueueWorker ? status(settings) : try ServingPlace(settings, environment) else { return nil }
        // Whoever listens on all addresses listens on this one.
        let host = ["0.0.0.0", "::"].contains(place.host) ? "127.0.0.1" : place.host
        return "http://\(LoopbackAddress.urlHost(host)):\(place.statusPort ?? place.port)/ping"
    }
}
