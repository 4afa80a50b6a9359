package import Wire

/// REST-JSON as Lambda speaks it: a status for each operation, and errors of its own form.
package enum LambdaProtocol {
    package static func success(_ document: Document?, status: Int, _ call: Call, numbers: JSON.NumberForm) -> WireResponse {
        var headers = headers(call)
        if let hint = call.acknowledgement.hint { headers.append(("x-personalite-hint", hint)) }
        let hasBody = status != 204
        return WireResponse(status: status, headers: headers, body: .bytes(hasBody ? document.map { JSON.write($0, numbers: numbers) } ?? [] : []))
    }

    package static func failure(_ error: ServiceError, _ call: Call) -> WireResponse {
        var fields = Document.Fields()
        // What is refused before the service itself has the request has no type.
        if ["ValidationException", "SerializationException", "UnknownOperationException"].contains(error.code) || error.code.hasPrefix("Access") {
            if let message = error.message { fields.append("message", .string(message)) }
        } else {
            fields.append("Type", .string(error.status < 500 ? "User" : "Service"))
            fields.append("Message", .string(error.message ?? "An error occurred and the request cannot be processed."))
        }
        var headers = headers(call)
        headers.append(("x-amzn-errortype", error.code))
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: error.status, headers: headers, body: .bytes(JSON.write(.object(fields))))
    }

    private static func headers(_ call: Call) -> [(name: String, value: String)] {
        [("content-type", "application/json"), ("x-amzn-requestid", call.requestID)]
    }
}
