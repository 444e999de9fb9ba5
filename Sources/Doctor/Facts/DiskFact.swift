/// What reading a store gave.
public struct DiskFact: Sendable, Hashable {
    /// What came of it.
    public enum Outcome: Sendable, Hashable {
        /// Bytes a second with one reader and with several.
        case measured(sequential: Double, parallel: Double)
        /// The file is in memory: the storage was not touched.
        case cached
        /// This went wrong.
        case failed(String)
    }

    /// The stores on that file system, the measured one first.
    public var folders: [String]
    /// What came of it.
    public var outcome: Outcome

    /// A measurement.
    public init(_ folders: [String], _ outcome: Outcome) {
        self.folders = folders
        self.outcome = outcome
    }
}
