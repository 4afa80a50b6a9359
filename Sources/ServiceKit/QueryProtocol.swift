package import Wire

/// AWS's query protocol: a form comes in, XML goes out. STS, IAM and CloudFormation speak it.
package enum QueryProtocol {
    /// - Parameter document: what stands in the result element; nil for operations that have none.
    package static func success(_ document: Document?, _ operation: String, namespace: String, _ call: Call) -> WireResponse {
        var writer = XMLWriter()
        writer.element("\(operation)Response", attributes: [("xmlns", namespace)]) { writer in
            if let document { writer.element("\(operation)Result") { write(document, to: &$0) } }
            writer.element("ResponseMetadata") { $0.leaf("RequestId", call.requestID) }
        }
        var headers = headers(call)
        if let hint = call.acknowledgement.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: 200, headers: headers, body: .bytes(writer.bytes))
    }

    package static func failure(_ error: ServiceError, namespace: String, _ call: Call) -> WireResponse {
        var writer = XMLWriter()
        writer.element("ErrorResponse", attributes: [("xmlns", namespace)]) { writer in
            writer.element("Error") { writer in
                writer.leaf("Type", error.status < 500 ? "Sender" : "Receiver")
                writer.leaf("Code", code(error.code))
                writer.leaf("Message", error.message ?? (error.status < 500 ? "" : "An internal failure occurred."))
            }
            writer.leaf("RequestId", call.requestID)
        }
        var headers = headers(call)
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: error.status, headers: headers, body: .bytes(writer.bytes))
    }

    private static func headers(_ call: Call) -> [(name: String, value: String)] {
        [("content-type", "text/xml"), ("x-amzn-requestid", call.requestID)]
    }

    /// What the front of the JSON services says by other names.
    private static func code(_ code: String) -> String {
        switch code {
        case "SerializationException": "MalformedInput"
        case "UnknownOperationException": "InvalidAction"
        default: code
        }
    }

    /// Lists are `member` elements; members that are null are left out.
    private static func write(_ document: Document, to writer: inout XMLWriter) {
        switch document {
        case .object(let fields):
            for field in fields.entries where field.value != .null {
                writer.element(field.name) { write(field.value, to: &$0) }
            }
        case .list(let items):
            for item in items { writer.element("member") { write(item, to: &$0) } }
        case .null: break
        case .boolean(let flag): writer.text(flag ? "true" : "false")
        case .integer(let number): writer.text(String(number))
        case .double(let number): writer.text(JavaNumber.text(number))
        case .string(let text): writer.text(text)
        case .bytes(let bytes): writer.text(Base64.encode(bytes))
        case .timestamp(let time): writer.text(ISO8601.milliseconds(time))
        }
    }
}

extension AuthenticationFault {
    /// As the services that speak the query protocol answer it.
    package var queryRefusal: ServiceError {
        var error = jsonRefusal
        error.status = 403
        switch error.code {
        case "MissingAuthenticationTokenException":
            error.code = "MissingAuthenticationToken"
            error.message = "Request is missing Authentication Token"
        case "InvalidSignatureException": error.code = "SignatureDoesNotMatch"
        case "IncompleteSignatureException":
            error.code = "IncompleteSignature"
            error.status = 400
        case "UnrecognizedClientException": error.code = "InvalidClientTokenId"
        case "ExpiredTokenException": error.code = "ExpiredToken"
        default: break
        }
        return error
    }
}
