public import HTTPTransport
public import ModelStore

/// Brings models into a store of Ollama's layout, without an Ollama.
///
/// Blobs first, each verified before it gets its name; the manifest last and in one step: a model that is listed is whole.
public struct ModelPuller: Sendable {
    /// Where the models go.
    public let store: OllamaStore
    let policy: PullPolicy
    let web: WebClient
    let onEvent: @Sendable (PullEvent) -> Void

    /// - Parameters:
    ///   - folder: the store; it is made if it is not there
    ///   - http: whose connections are used
    ///   - token: opens gated models
    ///   - onEvent: told from any thread, in no order across connections
    public init(
        store folder: String,
        http: HTTPClient,
        policy: PullPolicy = PullPolicy(),
        token: AccessToken? = nil,
        onEvent: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) {
        store = OllamaStore(folder: folder)
        self.policy = policy
        web = WebClient(http: http, policy: policy, token: token)
        self.onEvent = onEvent
    }

    /// Brings a model. Cancelling the task ends it; what came is kept and used by the next pull.
    public func pull(_ target: PullTarget) async throws(PullError) {
        try await typed {
            switch target {
            case .model(let model, let registry): try await pull(model, from: registry)
            case .file(let url, let model): try await pullFile(url, as: model)
            }
        }
    }

    private func pull(_ model: ModelReference, from registry: String) async throws {
        guard let registry = WebAddress(registry) else {
            throw PullError.badName(registry, reason: "it is not the address of a registry")
        }
        let repository = registry.resolving("/v2/\(model.namespace)/\(model.model)/") ?? registry
        guard let manifestAddress = repository.resolving("manifests/\(model.tag)") else {
            throw PullError.badName(model.short, reason: "it cannot be part of a URL")
        }
        let bytes = try await web.fetch(
            manifestAddress,
            [(name: "Accept", value: Manifest.mediaType)],
            upTo: Manifest.sizeLimit,
            what: model.short
        )
        let manifest: Manifest
        do {
            manifest = try Manifest(parsing: bytes)
        } catch {
            throw PullError.badManifest(model.short, reason: "\(error)")
        }
        let writer = StoreWriter(store: store)
        let plan = try await onDisk { () throws(PullError) in
            let plan = try BlobPlan(manifest, model: model.short, in: store)
            try writer.prepare(needing: plan.neededSpace)
            return plan
        }
        onEvent(.planned(model: model.short, bytes: plan.bytes, present: plan.present))
        for blob in plan.missing {
            guard let address = repository.resolving("blobs/\(blob.digest)") else { continue }
            let source = BlobSource(address, size: blob.size, what: "the blob \(blob.digest)", web: web)
            try await BlobPull(store: store, digest: blob.digest, source: source, policy: policy, onEvent: onEvent)
                .run()
        }
        // As it came and not as we would write it: the model's own digest is that of these bytes.
        let isNew = try await onDisk { () throws(PullError) in try writer.publish(bytes, as: model) }
        onEvent(.done(model: model.short, wasFetched: isNew || !plan.missing.isEmpty))
    }

    /// Everything that can go wrong has a name.
    func typed<Value: Sendable>(_ work: () async throws -> Value) async throws(PullError) -> Value {
        do {
            return try await work()
        } catch let error as PullError {
            throw Task.isCancelled ? .cancelled : error
        } catch let problem as FileProblem {
            throw .disk(problem)
        } catch {
            throw .cancelled
        }
    }
}
