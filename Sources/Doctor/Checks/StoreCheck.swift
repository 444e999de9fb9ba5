import Machine

/// Whether the places where models are looked for can be used, and whether one of them hides another.
enum StoreCheck: Check {
    static let topic = Topic.stores

    static func findings(in facts: Facts) -> [Finding] {
        facts.places.flatMap(findings)
    }

    private static func findings(_ place: Place) -> [Finding] {
        switch place.state {
        case .absent: absent(place)
        case .notAFolder:
            [
                Finding(
                    .storeNotAFolder,
                    "\(place.path) is no folder.",
                    remedy: "Remove it, or name another folder (OLLAMA_MODELS, KINDLING_MODEL_FOLDERS)."
                )
            ]
        case .unreadable:
            [
                Finding(
                    .storeUnreadable,
                    "This user may not list \(place.path).",
                    remedy: "Make it readable (chmod -R a+rX \(place.path)), or run the worker as its owner."
                )
            ]
        case .present: present(place)
        }
    }

    /// Most of the places are absent on most machines, and that is nothing to report.
    private static func absent(_ place: Place) -> [Finding] {
        if place.role == .baked || place.role == .named, let mount = place.mount, mount.folder != "/" {
            return [hidden(place, mount)]
        }
        guard place.role == .named else { return [] }
        return [
            Finding(
                .storeMissing,
                "OLLAMA_MODELS names \(place.path), which is not there.",
                remedy: "Correct OLLAMA_MODELS, mount the volume, or fill it with kindling pull NAME."
            )
        ]
    }

    private static func present(_ place: Place) -> [Finding] {
        var findings = [place.models > 0 ? found(place) : empty(place)]
        if place.partials > 0 { findings.append(partials(place)) }
        if place.models > 0, !place.isWritable, place.role != .cache {
            let text = "\(place.path) is read-only: models in it work, and kindling pull needs another folder."
            findings.append(Finding(.storeReadOnly, text))
        }
        // Less than any model worth serving: the next pull fails.
        if place.isWritable, place.role != .cache, let free = place.free, free < 2_000_000_000 {
            findings.append(
                Finding(
                    .storeSpaceLow,
                    "\(Figure.bytes(free)) are free in \(place.path).",
                    remedy: "Remove models, or enlarge the volume: a pull needs the model's size once."
                )
            )
        }
        return findings
    }

    private static func found(_ place: Place) -> Finding {
        var parts = [Figure.count(place.models, "model")]
        if let mount = place.mount { parts.append(mount.fileSystem + (mount.isNetwork ? " (network)" : "")) }
        if let free = place.free { parts.append("\(Figure.bytes(free)) free") }
        return Finding(.storeFound, "\(place.path): \(parts.joined(separator: ", ")).")
    }

    private static func empty(_ place: Place) -> Finding {
        // An empty volume is new. An empty folder where an image keeps its models is one that a mount covers.
        if [.named, .baked, .ollama].contains(place.role), let mount = place.mount, mount.folder != "/" {
            return hidden(place, mount)
        }
        return Finding(.storeEmpty, "\(place.path) has no models.")
    }

    private static func hidden(_ place: Place, _ mount: Mount) -> Finding {
        Finding(
            .storeHiddenByMount,
            "\(place.path) has no models, and \(mount.folder) is a mount (\(mount.fileSystem)): what the image has "
                + "there is hidden.",
            remedy:
                "Mount the volume elsewhere, bake models to /opt/kindling/models, or fill the volume with kindling "
                + "pull NAME."
        )
    }

    private static func partials(_ place: Place) -> Finding {
        Finding(
            .storePartialDownloads,
            "\(place.path) holds \(Figure.count(place.partials, "file")) of unfinished downloads.",
            remedy: "kindling pull NAME goes on where they were cut."
        )
    }
}
