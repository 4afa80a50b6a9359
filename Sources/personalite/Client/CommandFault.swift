/// A sentence for whoever gave a command that cannot be carried out, or not to its end.
struct CommandFault: Error, CustomStringConvertible {
    let description: String
    /// Of a refusal: the service's code.
    let code: String?
    /// The process's, when the command ends with it.
    let exitCode: Int32

    init(_ description: String, code: String? = nil, exitCode: Int32 = 1) {
        // Much of it may be a server's own words.
        self.description = Printable.text(description)
        self.code = code
        self.exitCode = exitCode
    }
}
