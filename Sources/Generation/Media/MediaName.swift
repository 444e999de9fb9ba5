/// What the name of a member says about the text under it.
struct MediaName {
    /// Whether engines look there for media.
    let holdsMedia: Bool
    /// Whether nothing else stands there. `data` may also be a token of somebody's, of which no more is asked than that it
    /// is no URL.
    let isStrict: Bool
    /// Whether that is a picture.
    let isPicture: Bool

    init(_ name: String) {
        // Go's decoder does not look at case; see `FieldTable`.
        let name = name.lowercased()
        let isAddress = name == "url" || name == "uri" || name.hasSuffix("_url") || name.hasSuffix("_uri")
        isPicture = Self.pictures.contains(name)
        isStrict = isAddress || isPicture
        holdsMedia = isStrict || Self.data.contains(name)
    }

    private static let pictures: Set<String> = ["image", "images", "image_url", "input_image"]
    private static let data: Set<String> = [
        "audio", "data", "file_data", "image_data", "input_audio", "input_file", "input_video", "multimodal_data",
        "video",
    ]

    /// Members under which text stands that somebody said or heard, and not what an engine reads from: the arguments of a
    /// call may well be a URL, and so may the source of an earlier answer.
    static func isOpaque(_ name: String) -> Bool {
        opaque.contains(name)
    }

    private static let opaque: Set<String> = ["annotations", "arguments", "function_call", "tool_calls"]
}
