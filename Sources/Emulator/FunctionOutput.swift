import Logging
import ServiceKit

/// What functions write: to CloudWatch Logs, and to the server's log for whoever asked that for details.
struct FunctionOutput: FunctionLog {
    let logs: any FunctionLog
    let log: Logger

    func append(_ lines: [String], group: String, stream: String, account: String, region: String) {
        // As AWS has them: with the end of the line.
        logs.append(lines.map { $0 + "\n" }, group: group, stream: stream, account: account, region: region)
        guard log.logLevel <= .debug else { return }
        for line in lines { log.debug("\(line)", metadata: ["group": "\(group)", "account": "\(account)", "region": "\(region)"]) }
    }
}
