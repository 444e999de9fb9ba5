/// What `/proc/PID/stat` says of a process, as far as we ask.
struct ProcessRecord: Equatable {
    let pid: Int32
    /// The program's name, cut by the kernel to 15 bytes.
    let name: String
    /// The process group.
    let group: Int32
    /// When it started, in clock ticks since boot. Together with the pid it names one process for ever.
    let startTicks: UInt64
    /// Dead, though its parent has not looked yet. A process whose first thread alone has ended shows as a zombie too.
    let isDead: Bool

    /// Nil if the text is not of that form.
    init?(stat: [UInt8]) {
        let text = String(decoding: stat, as: UTF8.self)
        // The name may hold blanks and parentheses; the last one ends it.
        guard let open = text.firstIndex(of: "("), let end = text.lastIndex(of: ")"), open < end else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let pid = Int32(text[..<open].dropLast()), let group = Int32(fields[2]),
            let threads = Int(fields[17]), let startTicks = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        name = String(text[text.index(after: open)..<end])
        self.group = group
        self.startTicks = startTicks
        isDead = ["Z", "X"].contains(fields[0]) && threads <= 1
    }
}
