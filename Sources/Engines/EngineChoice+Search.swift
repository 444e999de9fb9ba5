extension EngineChoice {
    /// The engine that a start with this configuration would run. Nothing is started. Blocking: the disk is asked.
    public static func find(_ configuration: EngineConfiguration) throws(Impossible) -> EngineChoice {
        try decide(ProgramSearch(configuration: configuration).facts())
    }
}
