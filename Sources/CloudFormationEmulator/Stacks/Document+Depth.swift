import Wire

extension Document {
    /// Levels of lists and objects; none for a single value.
    var depth: Int {
        switch self {
        case .list(let items): 1 + (items.map(\.depth).max() ?? 0)
        case .object(let fields): 1 + (fields.entries.map(\.value.depth).max() ?? 0)
        default: 0
        }
    }

    /// What is stored must be read again, with what stands around it; JSON is read down to 64 levels.
    static let deepestStored = 40
}
