/// How far the scripts of the server's start are, in LocalStack's words.
package struct StartupScripts: Sendable {
    package enum State: String, Sendable {
        case unknown = "UNKNOWN"
        case running = "RUNNING"
        case successful = "SUCCESSFUL"
        case error = "ERROR"
    }

    package struct Script: Sendable {
        package var name: String
        package var state: State

        package init(name: String, state: State) {
            self.name = name
            self.state = state
        }
    }

    package var scripts: [Script]
    /// Whether all have ended, well or not.
    package var isDone: Bool

    package init(scripts: [Script] = [], isDone: Bool = true) {
        self.scripts = scripts
        self.isDone = isDone
    }
}
