extension FindingID {
    /// How much each of these findings matters.
    public var level: Finding.Level {
        switch self {
        case .gpuPresent, .memoryRoom, .modelFits, .storeFound, .modelsFound, .diskSpeed, .engineFound, .queueNamed,
            .settingsRead, .stateFolder, .clockSane, .certificatesFound, .networkReachable:
            .ok
        case .gpuNone, .gpuCUDALibrary, .memoryUnknown, .modelTooLarge, .storeEmpty, .storeReadOnly,
            .storePartialDownloads, .modelUnnamed, .modelOwnRendering, .diskNotMeasured, .diskReadAheadSmall,
            .engineOld,
            .queueNone, .slotsDiffer, .ollamaHostOpen, .stateShortLived:
            .note
        case .gpuHidden, .gpuDriverOld, .gpuMemoryTaken, .gpuBusy, .modelShrinks, .modelUnchecked, .pageCacheTooSmall,
            .contextAboveTrained, .storeUnreadable, .storeNotAFolder, .storeMissing, .storeHiddenByMount,
            .storeSpaceLow,
            .modelsNone, .modelOtherDamaged, .directRendersOtherwise, .maxLoadedModelsLow, .diskSlow, .prefetchOff,
            .initTimeoutShort, .engineVersionUnknown, .queuePlaceholderMissing, .queueKeyMissing, .queueHeartbeatOff,
            .settingIgnored, .contextDiffers, .keepAliveShort, .pruneOn, .stateNotWritable, .clockOff,
            .networkUnreachable, .descriptorsFew, .notExamined:
            .warning
        case .gpuNotVisible, .gpuQueryFails, .gpuQueryHangs, .gpuDriverTooOld, .gpuCardTooOld, .modelDoesNotFit,
            .modelMissing, .modelDamaged, .diskFails, .engineMissing, .engineLacksGPULibrary, .homeNotWritable,
            .queueHalfSet, .queueMalformed, .settingRefused, .cacheTypeUnknown, .clockWrong, .certificatesMissing:
            .error
        }
    }
}
