import ServiceKit
package import Wire

/// How S3 writes its answers.
package enum S3Answer {
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    /// An XML document with one root element.
    static func xml(_ root: String, _ content: (inout XMLWriter) -> Void) -> WireResponse {
        var writer = XMLWriter()
        writer.element(root, attributes: [("xmlns", namespace)], content)
        return WireResponse(status: 200, headers: [("content-type", "application/xml")], body: .bytes(writer.bytes))
    }

    static func empty(_ status: Int, _ headers: [(name: String, value: String)] = []) -> WireResponse {
        WireResponse(status: status, headers: headers)
    }

    /// The ids that S3 puts on every answer.
    static func stamped(_ response: WireResponse, _ call: Call) -> WireResponse {
        var response = response
        response.headers.insert(("x-amz-request-id", call.requestID), at: 0)
        response.headers.insert(("x-amz-id-2", RequestID.extended()), at: 0)
        return response
    }

    /// An answer to HEAD has no body, and 304 neither.
    package static func failure(_ error: ServiceError, method: String, path: String, _ call: Call) -> WireResponse {
        let host = RequestID.extended()
        var headers = [("x-amz-id-2", host), ("x-amz-request-id", call.requestID), ("content-type", "application/xml")]
        headers += error.headers
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        if error.code == "InvalidRange", let size = error.extra.first(where: { $0.name == "ActualObjectSize" })?.value {
            headers.append(("content-range", "bytes */\(size)"))
        }
        guard method != "HEAD", error.status != 304 else { return WireResponse(status: error.status, headers: headers) }
        var writer = XMLWriter()
        writer.element("Error") { writer in
            // A fault of ours has another name in this service.
            let isFault = error.code == "InternalFailure"
            writer.leaf("Code", isFault ? "InternalError" : error.code)
            writer.leaf("Message", isFault ? "We encountered an internal error. Please try again." : error.message ?? "")
            for member in error.extra { writer.leaf(member.name, member.value) }
            if error.extra.isEmpty { writer.leaf("Resource", path) }
            writer.leaf("RequestId", call.requestID)
            writer.leaf("HostId", host)
        }
        return WireResponse(status: error.status, headers: headers, body: .bytes(writer.bytes))
    }

    /// `2009-10-12T17:50:30.000Z`: S3 counts in whole seconds.
    static func date(_ timestamp: Timestamp) -> String {
        "\(ISO8601.seconds(timestamp).dropLast()).000Z"
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func httpDate(_ timestamp: Timestamp) -> String {
        let seconds = timestamp.seconds
        let days = Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
        let day = CivilDay(daysSinceEpoch: days)
        let time = Int(seconds) - days * 86_400
        let clock = [time / 3600, time / 60 % 60, time % 60].map(twoDigits).joined(separator: ":")
        return "\(weekdays[day.weekday]), \(twoDigits(day.day)) \(months[day.month - 1]) \(day.year) \(clock) GMT"
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : String(number)
    }

    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The id by which S3 knows an account.
    static func owner(_ account: String) -> String {
        SHA256Hex.text(of: Array(account.utf8))
    }
}
