import Logging
import ServiceKit

/// What functions write, for whoever asked the server's log for details.
struct FunctionOutput: FunctionLog {
    let log: Logger

    func append(_ lines: [String], group: String, stream: String, account: String, region: String) {
        guard log.logLevel <= .debug else { return }
        for line in lines { log.debug("\(line)", metadata: ["group": "\(group)", "account": "\(account)", "region": "\(region)"]) }
    }
}
