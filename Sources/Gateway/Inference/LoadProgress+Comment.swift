import Jobs

extension LoadProgress {
    /// Where the load stands, in a few words: `loading weights 43 %, 1.2 s to go`.
    var words: String {
        guard let fraction else { return "loading: \(phase)" }
        // Never 100 before it is: a bar that stands at its end looks broken.
        let percent = min(99, Int(fraction * 100))
        guard let remaining else { return "loading weights \(percent) %" }
        return "loading weights \(percent) %, \(Self.seconds(remaining)) s to go"
    }

    private static func seconds(_ duration: Duration) -> String {
        let tenths = Int((max(.zero, duration) / .milliseconds(100)).rounded(.up))
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
    }
}
