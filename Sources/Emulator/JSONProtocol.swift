import Wire

/// AWS JSON 1.1, as Kinesis and the control plane of Personalize speak it.
enum JSONProtocol {
    static let contentType = "application/x-amz-json-1.1"

    /// What a request's content type says it holds.
    enum Content {
        case json
        /// Plain JSON, which no operation takes; it is refused in an envelope of its own.
        case plainJSON
        case cbor
        case other

        init(_ header: String?) {
            // As every SDK spells it.
            if header == JSONProtocol.contentType {
                self = .json
                return
            }
            let type = (header ?? "").split(separator: ";").first.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            switch type {
            case JSONProtocol.contentType?: self = .json
            case "application/json"?: self = .plainJSON
            case "application/x-amz-cbor-1.1"?: self = .cbor
            default: self = .other
            }
        }
    }

    static func headers(_ call: Call) -> [(name: String, value: String)] {
        [("content-type", contentType), ("x-amzn-requestid", call.requestID), ("x-amz-id-2", RequestID.extended())]
    }

    static func success(_ document: Document?, _ call: Call) -> WireResponse {
        success(document.map { JSON.write($0) } ?? [], call)
    }

    static func success(_ json: [UInt8], _ call: Call) -> WireResponse {
        WireResponse(status: 200, headers: headers(call), body: .bytes(json))
    }

    /// An answer that goes on as an event stream.
    static func stream(_ body: EventStreamBody, _ call: Call) -> WireResponse {
        var headers = headers(call)
        headers[0].value = EventStreamBody.contentType
        return WireResponse(status: 200, headers: headers, body: .stream(body))
    }

    static func failure(_ error: ServiceError, _ call: Call) -> WireResponse {
        var fields = Document.Fields([("__type", .string(error.code))])
        if let message = error.message {
            // Coral's readers write this one word with a capital.
            fields.append(error.code == "SerializationException" ? "Message" : "message", .string(message))
        }
        var headers = headers(call)
        headers.append(("x-amzn-errortype", error.code))
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: error.status, headers: headers, body: .bytes(JSON.write(.object(fields))))
    }

    /// Refusals made before a service is known, in the form the front of the service gives them.
    static func undeterminedOperation() -> WireResponse {
        let body = """
            <AccessDeniedException>
              <Message>Unable to determine service/operation name to be authorized</Message>
            </AccessDeniedException>

            """
        return WireResponse(status: 403, body: .bytes(Array(body.utf8)))
    }

    static func unknownOperation(_ call: Call) -> WireResponse {
        WireResponse(status: 404, headers: [("x-amzn-requestid", call.requestID)], body: .bytes(Array("<UnknownOperationException/>\n".utf8)))
    }

    static func plainFailure(_ code: String, status: Int, _ call: Call) -> WireResponse {
        let body: Document = .object(
            Document.Fields([
                ("Output", .object(Document.Fields([("__type", .string("com.amazon.coral.service#\(code)"))]))),
                ("Version", .string("1.0")),
            ])
        )
        return WireResponse(
            status: status,
            headers: [("content-type", "application/json"), ("x-amzn-requestid", call.requestID)],
            body: .bytes(JSON.write(body))
        )
    }
}
