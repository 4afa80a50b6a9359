package import Wire

/// REST-JSON of services whose operations are told by method and path: a status of its own for each operation, and the error's name in a header.
package enum RoutedProtocol {
    package static func success(_ document: Document?, status: Int, _ call: Call) -> WireResponse {
        var headers = headers(call)
        guard let document else { return WireResponse(status: status, headers: headers) }
        headers.insert(("content-type", "application/json"), at: 0)
        return WireResponse(status: status, headers: headers, body: .bytes(JSON.write(document)))
    }

    package static func failure(_ error: ServiceError, _ call: Call) -> WireResponse {
        var headers = [("content-type", "application/json")] + headers(call) + [("x-amzn-errortype", error.code)]
        if let hint = error.hint { headers.append(("x-personalite-hint", hint)) }
        let body = Document.members([("message", error.message.map { .string($0) })])
        return WireResponse(status: error.status, headers: headers, body: .bytes(JSON.write(body)))
    }

    private static func headers(_ call: Call) -> [(name: String, value: String)] {
        [("x-amzn-requestid", call.requestID), ("x-amz-apigw-id", APIGatewayID.random())]
    }
}

/// The second id on the answers of Amazon API Gateway.
package enum APIGatewayID {
    package static func random() -> String {
        let bytes = RequestID.random().utf8.filter { $0 != UInt8(ascii: "-") }.prefix(10)
        return Base64.encode(Array(bytes)).prefix(13) + "Fyw="
    }
}
