/// Who a temporary credential was given to.
package struct Principal: Sendable, Equatable {
    package var arn: String
    /// As STS calls it: `AROA…:session`.
    package var userID: String

    package init(arn: String, userID: String) {
        self.arn = arn
        self.userID = userID
    }
}

/// Who asks, where and when. The clock is read once a request.
package struct Call: Sendable {
    package var account: String
    package var region: String
    package var now: Timestamp
    package var requestID: String
    /// Who asks with a temporary credential; nil for the account itself.
    package var principal: Principal?
    /// What the answer to the request waits for: one for the whole request, whatever else of the call is changed on the way.
    package let acknowledgement: Acknowledgement

    package init(account: String, region: String, now: Timestamp, requestID: String) {
        self.account = account
        self.region = region
        self.now = now
        self.requestID = requestID
        acknowledgement = Acknowledgement()
    }

    /// The same request, now that it is known who sent it.
    package func from(account: String, region: String) -> Call {
        var call = self
        call.account = account
        call.region = region
        return call
    }

    /// The same caller at another time, for work that goes on after the answer. Nothing waits for its acknowledgement any more: such work
    /// waits for its writes itself.
    package func later(_ now: Timestamp) -> Call {
        var call = self
        call.now = now
        return call
    }
}
