/// Parts of files' names.
enum FileName {
    /// A worker's name as such a part: what could be a path, an extension or longer than a name may be is not in it.
    static func part(_ worker: String) -> String {
        let name = worker.unicodeScalars.prefix(64).map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_": Character(scalar)
            default: "_"
            }
        }
        return name.isEmpty ? "_" : String(name)
    }
}
