package import Wire

/// How services that spoke the query protocol answer in JSON 1.0 and in Smithy's RPC v2 with CBOR: errors have the names of their shapes in the body
/// and their codes of the query protocol in a header, for clients that ask for them.
package enum QueryCompatibleProtocol {
    package enum Form: Sendable {
        case json, cbor

        package var contentType: String { self == .json ? "application/x-amz-json-1.0" : "application/cbor" }

        /// The object in a body, where nothing is an object without members; nil when there is none.
        package func object(_ bytes: [UInt8]) -> Document? {
            if bytes.isEmpty { return .object(Document.Fields()) }
            let document: Document? =
                switch self {
                case .json: try? JSON.parse(bytes)
                case .cbor: try? CBOR.parse(bytes, times: .seconds)
                }
            if case .object? = document { return document }
            return nil
        }

        fileprivate func write(_ document: Document, _ numbers: JSON.NumberForm) -> [UInt8] {
            self == .json ? JSON.write(document, numbers: numbers) : CBOR.write(document, times: .seconds)
        }
    }

    /// What a service's errors are called.
    package struct Names: Sendable {
        /// Of the model's shapes, such as `com.amazonaws.cloudwatch`.
        var namespace: String
        /// The shapes of codes that differ from them.
        var shapes: [String: String]

        package init(namespace: String, shapes: [String: String]) {
            self.namespace = namespace
            self.shapes = shapes
        }
    }

    private static func headers(_ form: Form, _ call: Call, hasBody: Bool = true) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = [("x-amzn-requestid", call.requestID)]
        if hasBody { headers.append(("content-type", form.contentType)) }
        if form == .cbor { headers.append(("smithy-protocol", "rpc-v2-cbor")) }
        return headers
    }

    /// - Parameter document: nil for operations without an output.
    package static func success(_ document: Document?, _ form: Form, _ call: Call, numbers: JSON.NumberForm) -> WireResponse {
        var headers = headers(form, call, hasBody: document != nil)
        if let hint = call.acknowledgement.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: 200, headers: headers, body: .bytes(document.map { form.write($0, numbers) } ?? []))
    }

    package static func failure(_ error: ServiceError, _ form: Form, _ names: Names, _ call: Call) -> WireResponse {
        let shape = names.shapes[error.code] ?? error.code
        let body: Document = .members([
            ("__type", .string("\(names.namespace)#\(shape)")), ("message", error.message.map { .string($0) }),
        ])
        var headers = headers(form, call)
        headers.append(("x-amzn-errortype", shape))
        headers.append(("x-amzn-query-error", "\(error.code);\(error.status < 500 ? "Sender" : "Receiver")"))
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: error.status, headers: headers, body: .bytes(form.write(body, .plain)))
    }
}
