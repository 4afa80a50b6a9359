import ServiceKit
import Shapes
import Wire

/// How a request for a service that is not here is refused: in that service's own protocol, by name, and so that no client tries again.
enum OtherServices {
    static func refusal(_ request: WireRequest, _ service: String?, _ call: Call) -> WireResponse {
        let known = service.flatMap { entry($0) }
        let title = known.map { "\($0.title) (\(service ?? ""))" } ?? service ?? "The service of this request"
        let operation = operation(request).map { " \($0) was asked for." } ?? ""
        let message = "\(title) is not here.\(operation) personalite has \(HostedServices.names.joined(separator: ", "))."
        var response = form(request, service, known?.protocol, message, call)
        response.headers.append(("x-personalite-hint", "GET /_personalite/fidelity lists the services that are here"))
        if request.method == "HEAD" { response.body = .head(length: response.body.count ?? 0) }
        return response
    }

    private static func form(_ request: WireRequest, _ service: String?, _ known: String?, _ message: String, _ call: Call) -> WireResponse {
        let error = ServiceError("UnknownOperationException", message)
        if request.headers["smithy-protocol"] == "rpc-v2-cbor" {
            let body: Document = .members([("__type", .string(error.code)), ("message", .string(message))])
            return WireResponse(
                status: error.status,
                headers: [
                    ("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), ("x-amzn-requestid", call.requestID),
                    ("x-amzn-errortype", error.code),
                ],
                body: .bytes(CBOR.write(body))
            )
        }
        if request.headers["x-amz-target"] != nil {
            var response = JSONProtocol.failure(error, .json, call)
            if let type = request.headers["content-type"], let index = response.headers.firstIndex(where: { $0.name == "content-type" }) {
                response.headers[index].value = type == "application/x-amz-json-1.0" ? type : PayloadFormat.json.contentType
            }
            return response
        }
        if service == "ec2" { return computeFailure(message, call) }
        if Route.isForm(request) || known == "rest-xml" || known == "query" {
            return QueryProtocol.failure(error, namespace: "https://\(service ?? "unknown").amazonaws.com/", call)
        }
        return RESTProtocol.failure(error, call)
    }

    /// EC2 has an envelope of its own.
    private static func computeFailure(_ message: String, _ call: Call) -> WireResponse {
        var writer = XMLWriter()
        writer.element("Response") { writer in
            writer.element("Errors") { writer in
                writer.element("Error") { writer in
                    writer.leaf("Code", "InvalidAction")
                    writer.leaf("Message", message)
                }
            }
            writer.leaf("RequestID", call.requestID)
        }
        return WireResponse(status: 400, headers: [("content-type", "text/xml"), ("x-amzn-requestid", call.requestID)], body: .bytes(writer.bytes))
    }

    /// What was asked for, where the request names it.
    private static func operation(_ request: WireRequest) -> String? {
        if let target = request.headers["x-amz-target"] { return target.split(separator: ".").last.map(String.init) }
        if Route.isForm(request) { return QueryForm(request)?.action }
        // `/service/SERVICE/operation/OPERATION`
        let parts = request.path.split(separator: "/")
        if parts.count == 4, parts[0] == "service", parts[2] == "operation" { return String(parts[3]) }
        return nil
    }

    /// The line of `ServiceNames` that is a service's.
    private static func entry(_ name: String) -> (protocol: String, title: String)? {
        let text = ServiceNames.lines.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            if parts.count == 3, parts[0] == name { return (String(parts[1]), String(parts[2])) }
        }
        return nil
    }
}
