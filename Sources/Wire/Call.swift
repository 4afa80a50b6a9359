/// Who asks, where and when. The clock is read once a request.
package struct Call: Sendable {
    package var account: String
    package var region: String
    package var now: Timestamp
    package var requestID: String
    package let acknowledgement = Acknowledgement()

    package init(account: String, region: String, now: Timestamp, requestID: String) {
        self.account = account
        self.region = region
        self.now = now
        self.requestID = requestID
    }

    /// The same caller at another time, for work that goes on after the answer.
    package func later(_ now: Timestamp) -> Call {
        Call(account: account, region: region, now: now, requestID: requestID)
    }
}
