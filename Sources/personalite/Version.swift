import ArgumentParser
import ServiceKit

package enum Version {
    package static let current = "0.1.0"
}

struct ShowVersion: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() {
        print(Version.current)
    }
}
