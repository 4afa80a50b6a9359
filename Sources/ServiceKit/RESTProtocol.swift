package import Wire

/// REST-JSON, as Personalize's events and runtime services speak it.
package enum RESTProtocol {
    package static func success(_ document: Document?, _ call: Call, numbers: JSON.NumberForm) -> WireResponse {
        WireResponse(
            status: 200,
            headers: [("content-type", "application/json"), ("x-amzn-requestid", call.requestID)],
            body: .bytes(document.map { JSON.write($0, numbers: numbers) } ?? [])
        )
    }

    package static func failure(_ error: ServiceError, _ call: Call) -> WireResponse {
        var fields = Document.Fields([("__type", .string(error.code))])
        if let message = error.message { fields.append("message", .string(message)) }
        var headers = [("content-type", "application/json"), ("x-amzn-requestid", call.requestID), ("x-amzn-errortype", error.code)]
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: error.status, headers: headers, body: .bytes(JSON.write(.object(fields))))
    }
}
