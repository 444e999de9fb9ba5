import Support

/// How a worker looks out for restores from snapshots, and what it leaves for later.
public struct RestorePlan: Sendable {
    let watch: RestoreWatch
    let marker: RestoreMarker?

    /// - Parameters:
    ///   - watch: notices restores
    ///   - marker: remembers on disk that there was one; nil: nothing is remembered
    public init(watch: RestoreWatch = RestoreWatch(), marker: RestoreMarker? = nil) {
        self.watch = watch
        self.marker = marker
    }

    /// Writes the marker beside everything else: the state folder may be a slow network volume.
    func remember(onFailure report: @escaping @Sendable (Int32) -> Void) {
        guard let marker else { return }
        _ = OwnThread.start {
            let error = marker.set()
            if error != 0 { report(error) }
        }
    }
}
