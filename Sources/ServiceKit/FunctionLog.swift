/// Where the output of functions goes.
package protocol FunctionLog: Sendable {
    /// Never waits.
    func append(_ lines: [String], group: String, stream: String, account: String, region: String)
}
