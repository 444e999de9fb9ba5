import JSON
import Machine

extension Facts {
    /// What the findings were drawn from. Sizes are bytes, rates bytes a second.
    var json: JSON {
        .object([
            "gpus": .array(gpu.gpus.map(\.json)),
            "cuda": .orNull(gpu.cuda),
            "gpu_trouble": .orNull(gpu.trouble?.description),
            "memory": memory?.json ?? .null,
            "stores": .array(places.map(\.json)),
            "models": .array(models.map(\.json)),
            "damaged": .array(problems.map { .object(["model": .string($0.model), "fault": .string($0.fault)]) }),
            "wanted": .array(wanted.map { .string($0.name) }),
            "disks": .array(disks.map(\.json)),
            "engine": engine?.json ?? .null,
            "system": system.json,
            "network": network?.json ?? .null,
        ])
    }
}

extension JSON {
    fileprivate static func orNull(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
    fileprivate static func orNull(_ number: Int?) -> JSON { number.map { JSON($0) } ?? .null }
    fileprivate static func texts(_ texts: [String]) -> JSON { .array(texts.map(JSON.string)) }
}

extension GPU {
    fileprivate var json: JSON {
        .object([
            "name": .string(name), "driver": .orNull(driver), "compute_capability": .orNull(computeCapability),
            "memory": .orNull(memoryTotal), "free": .orNull(memoryFree),
            "utilisation": .orNull(utilisation.map { Int($0 * 100) }),
        ])
    }
}

extension MemoryFacts {
    fileprivate var json: JSON {
        .object(["total": JSON(total), "limit": .orNull(container?.limit), "room": JSON(room)])
    }
}

extension Mount {
    fileprivate var json: JSON {
        .object([
            "point": .string(folder), "type": .string(fileSystem), "network": .bool(isNetwork),
            "read_only": .bool(isReadOnly), "read_ahead_kib": .orNull(readAheadKiB),
        ])
    }
}

extension Place {
    fileprivate var json: JSON {
        .object([
            "path": .string(path), "role": .string(role.rawValue), "state": .string(state.rawValue),
            "writable": .bool(isWritable), "models": JSON(models), "partial_downloads": JSON(partials),
            "free": .orNull(free), "mount": mount?.json ?? .null,
        ])
    }
}

extension ModelFact {
    fileprivate var json: JSON {
        .object([
            "name": .string(name), "store": .string(folder), "bytes": JSON(bytes),
            "quantisation": .orNull(quantisation), "trained_context": .orNull(needs?.trainedContext),
            "own_rendering": .texts(ownRendering),
        ])
    }
}

extension DiskFact {
    fileprivate var json: JSON {
        var object: JSON.Object = ["stores": .texts(folders)]
        switch outcome {
        case .cached: object["cached"] = true
        case .failed(let words): object["error"] = .string(words)
        case .measured(let sequential, let parallel):
            object["sequential"] = JSON(Int(sequential.clamped))
            object["parallel"] = JSON(Int(parallel.clamped))
        }
        return .object(object)
    }
}

extension EngineFact {
    fileprivate var json: JSON {
        var object: JSON.Object = [:]
        switch choice {
        case .impossible(let words): object["error"] = .string(words)
        case .found(let kind, let program, let reason):
            object["kind"] = .string(kind)
            object["program"] = .orNull(program)
            object["reason"] = .string(reason)
        }
        if case .known(let version) = version { object["version"] = .string(version) }
        object["gpu_libraries"] = gpuLibraries.map(JSON.texts) ?? .null
        return .object(object)
    }
}

extension SystemFacts {
    fileprivate var json: JSON {
        .object([
            "time": JSON(now), "certificates": .orNull(certificates), "state": .orNull(state),
            "descriptors": .orNull(descriptors),
        ])
    }
}

extension NetworkFact {
    fileprivate var json: JSON {
        var object: JSON.Object = ["server": .string(server)]
        switch answer {
        case .status(let status): object["status"] = JSON(status)
        case .untrusted(let words), .failed(let words): object["error"] = .string(words)
        }
        object["clock_offset"] = .orNull(clockOffset)
        return .object(object)
    }
}

extension Double {
    /// A measured rate, as a number that an integer can hold.
    fileprivate var clamped: Double { isFinite ? Swift.min(Swift.max(self, 0), 9e15) : 0 }
}
