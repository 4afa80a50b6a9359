/// A sentence for whoever gave a command that cannot be carried out, or not to its end.
struct CommandFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
