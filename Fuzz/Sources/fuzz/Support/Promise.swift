import Glibc

/// Ends the process with these words if the condition does not hold: to libFuzzer, an abort is a finding.
///
/// `precondition` would not do: optimised code drops its words.
func promise(_ isKept: Bool, _ words: @autoclosure () -> String) {
    guard !isKept else { return }
    print("broken promise: \(words())")
    fflush(nil)
    abort()
}
