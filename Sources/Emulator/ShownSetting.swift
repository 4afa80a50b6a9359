import Wire

/// An option of the server's start, as whoever looks at a running server is told of it.
package struct ShownSetting: Sendable {
    /// As on the command line, without dashes.
    package var name: String
    /// Nil for an option that is not set; secrets are told to be set and no more.
    package var value: String?
    /// The flag or the variable that said it, or `default`.
    package var origin: String
    package var help: String

    package init(name: String, value: String?, origin: String, help: String) {
        self.name = name
        self.value = value
        self.origin = origin
        self.help = help
    }

    var document: Document {
        .members([("name", .string(name)), ("value", value.map { .string($0) }), ("origin", .string(origin)), ("help", .string(help))])
    }
}
