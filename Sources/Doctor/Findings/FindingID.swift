/// The names of all findings. They are promises: scripts compare them, and `Docs/Troubleshooting.md` is sorted by them.
public enum FindingID: String, Sendable, Hashable, CaseIterable {
    // MARK: GPU

    /// A GPU that can be used.
    case gpuPresent = "gpu-present"
    /// There is none, and nothing suggests that there should be.
    case gpuNone = "gpu-none"
    /// There should be one, and it cannot be seen.
    case gpuNotVisible = "gpu-not-visible"
    /// A variable hides it from the engine.
    case gpuHidden = "gpu-hidden"
    /// `nvidia-smi` fails.
    case gpuQueryFails = "gpu-query-fails"
    /// `nvidia-smi` does not end.
    case gpuQueryHangs = "gpu-query-hangs"
    /// The driver runs no CUDA library that Ollama brings along.
    case gpuDriverTooOld = "gpu-driver-too-old"
    /// The driver is older than Ollama asks for.
    case gpuDriverOld = "gpu-driver-old"
    /// The card is older than any that Ollama's libraries are built for.
    case gpuCardTooOld = "gpu-card-too-old"
    /// Which of Ollama's CUDA libraries is used.
    case gpuCUDALibrary = "gpu-cuda-library"
    /// Others hold GPU memory.
    case gpuMemoryTaken = "gpu-memory-taken"
    /// Others compute on it.
    case gpuBusy = "gpu-busy"

    // MARK: Memory

    /// How much memory there is.
    case memoryRoom = "memory-room"
    /// It could not be found out.
    case memoryUnknown = "memory-unknown"
    /// The models fit.
    case modelFits = "model-fits"
    /// They fit with a smaller context.
    case modelShrinks = "model-shrinks"
    /// They do not fit, and would not be loaded.
    case modelDoesNotFit = "model-does-not-fit"
    /// They do not fit, and will be tried.
    case modelUnchecked = "model-unchecked"
    /// Another model in the store that would not fit.
    case modelTooLarge = "model-too-large"
    /// Memory does not hold the weights for a read ahead.
    case pageCacheTooSmall = "page-cache-too-small"
    /// More context than the model was trained for.
    case contextAboveTrained = "context-above-trained"

    // MARK: Stores

    /// A place with models.
    case storeFound = "store-found"
    /// A place without.
    case storeEmpty = "store-empty"
    /// A place that this user may not read.
    case storeUnreadable = "store-unreadable"
    /// A place that is no folder.
    case storeNotAFolder = "store-not-a-folder"
    /// The folder that `OLLAMA_MODELS` names is not there.
    case storeMissing = "store-missing"
    /// A mount hides what is below it.
    case storeHiddenByMount = "store-hidden-by-mount"
    /// It can be read and not written.
    case storeReadOnly = "store-read-only"
    /// Downloads that were cut.
    case storePartialDownloads = "store-partial-downloads"
    /// Hardly anything is free.
    case storeSpaceLow = "store-space-low"

    // MARK: Models

    /// The models that are whole.
    case modelsFound = "models-found"
    /// There are none.
    case modelsNone = "models-none"
    /// A model that jobs need is not there.
    case modelMissing = "model-missing"
    /// A model that jobs need is damaged.
    case modelDamaged = "model-damaged"
    /// Another model is damaged.
    case modelOtherDamaged = "model-other-damaged"
    /// Several models, and jobs that name none would fail.
    case modelUnnamed = "model-unnamed"
    /// Ollama renders its chats by a template or code of its own.
    case modelOwnRendering = "model-own-rendering"
    /// The same, and the engine that was chosen does not.
    case directRendersOtherwise = "direct-renders-otherwise"
    /// A model that Ollama does not hold resident beside the others.
    case maxLoadedModelsLow = "max-loaded-models-low"

    // MARK: Disks

    /// How fast a store is, and what follows for its models.
    case diskSpeed = "disk-speed"
    /// It was not measured.
    case diskNotMeasured = "disk-not-measured"
    /// Slow for the models on it.
    case diskSlow = "disk-slow"
    /// Several readers are far faster than one, and reading ahead is off.
    case prefetchOff = "prefetch-off"
    /// The volume hangs or fails when read.
    case diskFails = "disk-fails"
    /// A network volume with a small read-ahead.
    case diskReadAheadSmall = "disk-read-ahead-small"
    /// The platform gives up before the load is done.
    case initTimeoutShort = "init-timeout-short"

    // MARK: Engine

    /// The engine that a worker would run.
    case engineFound = "engine-found"
    /// There is none, or not the one that was asked for.
    case engineMissing = "engine-missing"
    /// It does not say its version.
    case engineVersionUnknown = "engine-version-unknown"
    /// Older than what this worker was tested with.
    case engineOld = "engine-old"
    /// It has no library for the GPU that is there.
    case engineLacksGPULibrary = "engine-lacks-gpu-library"
    /// Ollama needs a home and has none.
    case homeNotWritable = "home-not-writable"

    // MARK: Queue

    /// The queue's variables are whole.
    case queueNamed = "queue-named"
    /// None: this is no queue worker.
    case queueNone = "queue-none"
    /// Some of what it needs is missing.
    case queueHalfSet = "queue-half-set"
    /// A value that makes no sense.
    case queueMalformed = "queue-malformed"
    /// A URL without the place for an id.
    case queuePlaceholderMissing = "queue-placeholder-missing"
    /// No key: the platform answers as if there were no jobs.
    case queueKeyMissing = "queue-key-missing"
    /// No heartbeat will be sent.
    case queueHeartbeatOff = "queue-heartbeat-off"

    // MARK: Settings

    /// All that is set is understood.
    case settingsRead = "settings-read"
    /// A worker ends with exit code 64.
    case settingRefused = "setting-refused"
    /// A variable of others that means nothing as it stands.
    case settingIgnored = "setting-ignored"
    /// The engine and the worker have different contexts.
    case contextDiffers = "context-differs"
    /// The worker's slots win over Ollama's own number.
    case slotsDiffer = "slots-differ"
    /// Ollama unloads models soon.
    case keepAliveShort = "keep-alive-short"
    /// Every load fails.
    case cacheTypeUnknown = "cache-type-unknown"
    /// Ollama deletes blobs that no manifest names.
    case pruneOn = "prune-on"
    /// `OLLAMA_HOST` would expose the engine.
    case ollamaHostOpen = "ollama-host-open"

    // MARK: System

    /// Where records are kept.
    case stateFolder = "state-folder"
    /// They end with the container.
    case stateShortLived = "state-short-lived"
    /// They cannot be kept.
    case stateNotWritable = "state-not-writable"
    /// The clock is right, as far as can be seen.
    case clockSane = "clock-sane"
    /// It is years off.
    case clockWrong = "clock-wrong"
    /// It differs from a server's.
    case clockOff = "clock-off"
    /// Certificates of authorities are there.
    case certificatesFound = "certificates-found"
    /// They are not: nothing with https works.
    case certificatesMissing = "certificates-missing"
    /// A server answers.
    case networkReachable = "network-reachable"
    /// It does not.
    case networkUnreachable = "network-unreachable"
    /// Few files may be open.
    case descriptorsFew = "descriptors-few"
    /// Something did not end in time.
    case notExamined = "not-examined"
}
