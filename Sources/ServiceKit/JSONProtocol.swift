package import Wire

/// AWS JSON 1.1, as Kinesis and the control plane of Personalize speak it, in JSON and in CBOR.
package enum JSONProtocol {
    /// What a request's content type says it holds.
    package enum Content: Equatable {
        /// - Parameter isExact: nothing but the type was said.
        case json(isExact: Bool)
        /// Plain JSON, which no operation takes; it is refused in an envelope of its own.
        case plainJSON
        case cbor
        case other

        package init(_ header: String?) {
            // As every SDK spells it.
            if header == PayloadFormat.json.contentType {
                self = .json(isExact: true)
                return
            }
            let type = (header ?? "").split(separator: ";").first.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            switch type {
            case PayloadFormat.json.contentType?: self = .json(isExact: false)
            case "application/json"?: self = .plainJSON
            case PayloadFormat.cbor.contentType?: self = .cbor
            default: self = .other
            }
        }

        package var format: PayloadFormat { self == .cbor ? .cbor : .json }

        /// An empty request is refused in CBOR, unless it says JSON 1.1 and nothing else.
        package var formatWithoutBody: PayloadFormat { self == .json(isExact: true) ? .json : .cbor }
    }

    package static func headers(_ call: Call, _ contentType: String) -> [(name: String, value: String)] {
        [("content-type", contentType)] + ids(call)
    }

    /// What every answer has, whatever its form.
    private static func ids(_ call: Call) -> [(name: String, value: String)] {
        [("x-amzn-requestid", call.requestID), ("x-amz-id-2", RequestID.extended())]
    }

    package static func success(_ document: Document?, _ format: PayloadFormat, _ call: Call, numbers: JSON.NumberForm) -> WireResponse {
        success(document.map { format.write($0, numbers: numbers) } ?? [], format, call)
    }

    package static func success(_ body: [UInt8], _ format: PayloadFormat, _ call: Call) -> WireResponse {
        var headers = headers(call, format.contentType)
        if let hint = call.acknowledgement.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: 200, headers: headers, body: .bytes(body))
    }

    /// An answer that goes on as an event stream.
    package static func stream(_ body: EventStreamBody, _ call: Call) -> WireResponse {
        WireResponse(status: 200, headers: headers(call, EventStreamBody.contentType), body: .stream(body))
    }

    /// An answer whose body comes later.
    package static func later(_ body: LaterBody, _ format: PayloadFormat, _ call: Call) -> WireResponse {
        WireResponse(status: 200, headers: headers(call, format.contentType), body: .stream(body))
    }

    package static func failure(_ error: ServiceError, _ format: PayloadFormat, _ call: Call) -> WireResponse {
        var fields = Document.Fields([("__type", .string(error.code))])
        if let message = error.message {
            // Coral's readers write this one word with a capital.
            fields.append(error.code == "SerializationException" ? "Message" : "message", .string(message))
        }
        var headers = headers(call, format.contentType)
        headers.append(("x-amzn-errortype", error.code))
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: error.status, headers: headers, body: .bytes(format.write(.object(fields))))
    }

    /// Refusals made before a service is known, in the form the front of the service gives them.
    package static func undeterminedOperation(_ call: Call) -> WireResponse {
        let body = """
            <AccessDeniedException>
              <Message>Unable to determine service/operation name to be authorized</Message>
            </AccessDeniedException>

            """
        return WireResponse(status: 403, headers: ids(call), body: .bytes(Array(body.utf8)))
    }

    package static func unknownOperation(_ call: Call) -> WireResponse {
        WireResponse(status: 404, headers: ids(call), body: .bytes(Array("<UnknownOperationException/>\n".utf8)))
    }

    package static func plainFailure(_ code: String, status: Int, _ call: Call) -> WireResponse {
        let body: Document = .object(
            Document.Fields([
                ("Output", .object(Document.Fields([("__type", .string("com.amazon.coral.service#\(code)"))]))),
                ("Version", .string("1.0")),
            ])
        )
        return WireResponse(
            status: status,
            headers: headers(call, "application/json"),
            body: .bytes(JSON.write(body))
        )
    }
}
