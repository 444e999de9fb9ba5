import Gateway
import Testing

/// Whose rules are followed, from the variables that platforms set.
struct ServingPlatformTests {
    @Test(
        arguments: [
            // The variables, the name and the port of the settings; the platform and its port.
            ([:], "auto", nil, .local, 8000), ([:], "auto", 9000, .local, 9000),
            (["PORT": "5000"], "auto", nil, .local, 8000), (["K_SERVICE": ""], "auto", nil, .local, 8000),
            (["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p"], "auto", nil, .runpodLB, 80),
            (["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "PORT": "5000"], "auto", 9000, .runpodLB, 5000),
            (["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p"], "auto", 9000, .runpodLB, 9000),
            (
                ["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "RUNPOD_WEBHOOK_GET_JOB": "http://q"], "auto", nil,
                .local,
                8000
            ),
            (["RUNPOD_POD_ID": "p"], "auto", nil, .local, 8000),
            (["SAGEMAKER_BIND_TO_PORT": "7000"], "auto", 9000, .sagemaker, 7000),
            // What client code sets is no sign.
            (["SAGEMAKER_ROLE": "x"], "auto", nil, .local, 8000),
            (["RUNPOD_ENDPOINT_ID": "e"], "auto", nil, .local, 8000),
            (["AIP_HTTP_PORT": "7001", "AIP_HEALTH_ROUTE": "/h"], "auto", nil, .vertex, 7001),
            (["AIP_PREDICT_ROUTE": "/p"], "auto", nil, .vertex, 8080),
            (["AIP_MODEL_DIR": "gs://training"], "auto", nil, .local, 8000),
            (["K_SERVICE": "s", "PORT": "7002"], "auto", 9000, .cloudRun, 7002),
            (["K_SERVICE": "s"], "auto", 9000, .cloudRun, 9000),
            (["K_SERVICE": "s", "PORT": "8080", "KUBERNETES_SERVICE_HOST": "10.0.0.1"], "auto", nil, .kserve, 8080),
            (["K_REVISION": "r", "KUBERNETES_SERVICE_HOST": "10.0.0.1"], "auto", nil, .kserve, 8080),
            (["KUBERNETES_SERVICE_HOST": "10.0.0.1"], "auto", nil, .local, 8000),
            // The setting counts for more than all signs.
            (["SAGEMAKER_BIND_TO_PORT": "7000", "PORT": "1"], "local", nil, .local, 8000),
            ([:], "kserve", nil, .kserve, 8080), ([:], "cloud-run", nil, .cloudRun, 8080),
            ([:], "runpod-lb", nil, .runpodLB, 80), ([:], "sagemaker", nil, .sagemaker, 8080),
            ([:], "vertex", nil, .vertex, 8080),
        ] as [([String: String], String, Int?, ServingPlatform.Name, Int)]
    )
    func theVariablesTellWhereItRuns(
        environment: [String: String],
        named: String,
        port: Int?,
        name: ServingPlatform.Name,
        expected: Int
    ) throws {
        let platform = try ServingPlatform.detect(environment: environment, named: named, port: port)
        #expect(platform.name == name)
        #expect(platform.port == expected)
        #expect(platform.host == (name == .local ? "127.0.0.1" : "0.0.0.0"))
        #expect(platform.doors.contains(.queue) == (name == .local))
        #expect(!platform.reason.isEmpty)
    }

    @Test func aFolderThatOnlySageMakerHasIsASign() throws {
        #expect(try ServingPlatform.detect(environment: [:], hasModelFolder: true).name == .sagemaker)
        #expect(try ServingPlatform.detect(environment: [:], named: "local", hasModelFolder: true).name == .local)
    }

    @Test func healthAndPredictionsAreCalledWhatThePlatformCallsThem() throws {
        let runPod = try ServingPlatform.detect(environment: [
            "RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "PORT": "8000", "PORT_HEALTH": "8001",
            "HEALTH_CHECK_PATH": "/alive",
        ])
        #expect(runPod.healthPort == 8001)
        #expect(runPod.paths.health == ["/alive"])
        #expect(runPod.paths.statusWhileStarting == 204)
        let same = try ServingPlatform.detect(environment: [
            "RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "PORT": "80", "PORT_HEALTH": "80",
        ])
        #expect(same.healthPort == nil)

        let vertex = try ServingPlatform.detect(environment: [
            "AIP_HEALTH_ROUTE": "/v1/endpoints/7", "AIP_PREDICT_ROUTE": "/v1/endpoints/7:predict",
        ])
        #expect(vertex.paths.health == ["/v1/endpoints/7"])
        #expect(vertex.paths.predict == ["/v1/endpoints/7:predict"])

        // Probes there take every 2xx for ready.
        #expect(try ServingPlatform.detect(environment: ["K_SERVICE": "s"]).paths.statusWhileStarting == 503)
        #expect(try ServingPlatform.detect(environment: [:], named: "kserve").paths.statusWhileStarting == 503)
    }

    @Test(
        arguments: [
            (["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "PORT": "abc"], "auto", "PORT"),
            (["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "PORT": "0"], "auto", "PORT"),
            (["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "PORT_HEALTH": "65536"], "auto", "PORT_HEALTH"),
            (
                ["RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "HEALTH_CHECK_PATH": "ping"], "auto",
                "HEALTH_CHECK_PATH"
            ),
            (["SAGEMAKER_BIND_TO_PORT": "-1"], "auto", "SAGEMAKER_BIND_TO_PORT"),
            (["AIP_HTTP_PORT": "8080x"], "auto", "AIP_HTTP_PORT"),
            (["AIP_HEALTH_ROUTE": "health"], "auto", "AIP_HEALTH_ROUTE"),
            (["AIP_PREDICT_ROUTE": "/a?b"], "auto", "AIP_PREDICT_ROUTE"),
            (["AIP_PREDICT_ROUTE": "/a", "AIP_HEALTH_ROUTE": "/a"], "auto", "AIP_HEALTH_ROUTE"),
            (["K_SERVICE": "s", "PORT": "tcp://10.0.0.1:80"], "auto", "PORT"),
            ([:], "lambda", "KINDLING_PLATFORM"), ([:], "", "KINDLING_PLATFORM"),
        ] as [([String: String], String, String)]
    )
    func aWrongValueIsAnErrorThatNamesItsVariable(environment: [String: String], named: String, variable: String) {
        let error = #expect(throws: ServingPlatformError.self) {
            try ServingPlatform.detect(environment: environment, named: named)
        }
        #expect(error?.variable == variable)
        #expect(error?.description.contains(variable) == true)
        if named == "auto", let value = environment[variable] {
            #expect(error?.description.contains("\"\(value)\"") == true)
        }
    }
}
