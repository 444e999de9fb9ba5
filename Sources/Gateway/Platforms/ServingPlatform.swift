/// Whose rules a worker's own port follows, read from the variables that a platform sets.
public struct ServingPlatform: Sendable, Hashable {
    /// The platforms, by the names of the setting `platform`.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        /// A person's own machine: the local queue and all faces, on loopback.
        case local
        /// RunPod's load-balancing endpoints.
        case runpodLB = "runpod-lb"
        /// Amazon SageMaker endpoints.
        case sagemaker
        /// Vertex AI custom containers.
        case vertex
        /// KServe, on Knative or as a plain deployment.
        case kserve
        /// Google Cloud Run.
        case cloudRun = "cloud-run"
    }

    /// Which one.
    public let name: Name
    /// Where requests are taken.
    public let port: Int
    /// Where health is asked, if not at ``port``: a second gateway with no doors but the status.
    public let healthPort: Int?
    /// What the platform calls health and predictions.
    public let paths: Gateway.Paths
    /// Why it was taken for this one, for the log: `SAGEMAKER_BIND_TO_PORT is set`.
    public let reason: String

    /// A platform reaches the worker from outside and keeps strangers away itself, so it binds all addresses and asks for
    /// a key only if one is set.
    public var isLocal: Bool { name == .local }
    /// The address to bind to, unless a setting says otherwise.
    public var host: String { isLocal ? "127.0.0.1" : "0.0.0.0" }
    /// A local queue is of use only to who is alone with it.
    public var doors: Gateway.Doors { isLocal ? [.queue, .inference, .status] : [.inference, .status] }

    /// Finds out where it runs.
    ///
    /// A variable that client code sets, too, on machines where nobody guards a port (`SAGEMAKER_ROLE`,
    /// `RUNPOD_ENDPOINT_ID`), is no sign by itself.
    ///
    /// - Parameters:
    ///   - named: the setting `platform`: `auto`, or a name of ``Name``
    ///   - port: the port that a setting names; a platform's own variable counts for more
    ///   - hasModelFolder: whether there is SageMaker's `/opt/ml/model`
    /// - Throws: ``ServingPlatformError``, which names the variable
    public static func detect(
        environment: [String: String],
        named: String = "auto",
        port: Int? = nil,
        hasModelFolder: Bool = false
    ) throws(ServingPlatformError) -> ServingPlatform {
        let variables = PlatformVariables(environment)
        guard named == "auto" else {
            guard let name = Name(rawValue: named) else { throw .unknownName(named) }
            return try name.platform(variables, port: port, reason: "the setting says so")
        }
        let (name, reason) = recognise(variables, hasModelFolder)
        return try name.platform(variables, port: port, reason: reason)
    }

    private static func recognise(_ variables: PlatformVariables, _ hasModelFolder: Bool) -> (Name, reason: String) {
        if variables["SAGEMAKER_BIND_TO_PORT"] != nil { return (.sagemaker, "SAGEMAKER_BIND_TO_PORT is set") }
        if hasModelFolder { return (.sagemaker, "there is a folder /opt/ml/model") }
        for variable in ["AIP_HTTP_PORT", "AIP_HEALTH_ROUTE", "AIP_PREDICT_ROUTE"] where variables[variable] != nil {
            return (.vertex, "\(variable) is set")
        }
        if variables["K_SERVICE"] != nil || variables["K_REVISION"] != nil {
            // Knative and Cloud Run set the same variables; only within a cluster there is Kubernetes' own.
            let isInCluster = variables["KUBERNETES_SERVICE_HOST"] != nil
            let variable = variables["K_SERVICE"] != nil ? "K_SERVICE" : "K_REVISION"
            return isInCluster
                ? (.kserve, "\(variable) and KUBERNETES_SERVICE_HOST are set")
                : (.cloudRun, "\(variable) is set")
        }
        // Both: a plain pod, in which somebody tries things out, has the second, and a client of an endpoint the first.
        if variables["RUNPOD_WEBHOOK_GET_JOB"] == nil, variables["RUNPOD_ENDPOINT_ID"] != nil,
            variables["RUNPOD_POD_ID"] != nil
        {
            return (.runpodLB, "RUNPOD_ENDPOINT_ID and RUNPOD_POD_ID are set and RUNPOD_WEBHOOK_GET_JOB is not")
        }
        return (.local, "no platform's variable is set")
    }
}

extension ServingPlatform.Name {
    fileprivate func platform(
        _ variables: PlatformVariables,
        port: Int?,
        reason: String
    ) throws(ServingPlatformError) -> ServingPlatform {
        var paths = Gateway.Paths()
        var healthPort: Int?
        let own: Int?
        let usual: Int
        switch self {
        case .local: (own, usual) = (nil, 8000)
        case .runpodLB:
            (own, usual) = (try variables.port("PORT"), 80)
            healthPort = try variables.port("PORT_HEALTH")
            paths.health = try variables.path("HEALTH_CHECK_PATH").map { [$0] } ?? []
        case .sagemaker: (own, usual) = (try variables.port("SAGEMAKER_BIND_TO_PORT"), 8080)
        case .vertex:
            (own, usual) = (try variables.port("AIP_HTTP_PORT"), 8080)
            let health = try variables.path("AIP_HEALTH_ROUTE")
            let predict = try variables.path("AIP_PREDICT_ROUTE")
            if let health, health == predict { throw .sameRoute("AIP_HEALTH_ROUTE", "AIP_PREDICT_ROUTE", health) }
            paths.health = health.map { [$0] } ?? []
            paths.predict = predict.map { [$0] } ?? []
        case .kserve, .cloudRun:
            (own, usual) = (try variables.port("PORT"), 8080)
            // Their probes take every 2xx for ready.
            paths.statusWhileStarting = 503
        }
        let chosen = own ?? port ?? usual
        return ServingPlatform(
            name: self,
            port: chosen,
            healthPort: healthPort == chosen ? nil : healthPort,
            paths: paths,
            reason: reason
        )
    }
}
