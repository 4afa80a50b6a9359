package import Logging
package import Wire

/// The REST front of the reference app: what the founding post builds of API Gateway and Lambda functions, natively.
///
/// Like the post's own it takes no signature; so it is there only when asked for.
package final class ReferenceGateway: Sendable {
    let isEnabled: Bool
    let services: ReferenceServices
    let log: Logger

    package init(isEnabled: Bool, services: ReferenceServices, log: Logger) {
        self.isEnabled = isEnabled
        self.services = services
        self.log = log
    }

    package func answer(_ request: WireRequest, path: String, _ call: Call) -> WireResponse {
        guard isEnabled else {
            return json(403, .object(Document.Fields([("message", .string("Forbidden"))])), call, hint: "start the server with --reference-app")
        }
        guard let route = ReferenceRoute(method: request.method, path: path) else {
            // What API Gateway says of a path or method that it does not have.
            return json(403, .object(Document.Fields([("message", .string("Missing Authentication Token"))])), call)
        }
        do throws(ServiceError) {
            return try carryOut(route, request, call)
        } catch {
            log.info("\(route.path) failed", metadata: ["code": "\(error.code)", "message": "\(error.message ?? "")"])
            if route == .describeCampaign, error.code == "ResourceNotFoundException" {
                return json(500, .string("Campaign is deleted or does not exist"), call)
            }
            return json(500, Self.thrown(error, call), call, hint: error.hint)
        }
    }

    private func carryOut(_ route: ReferenceRoute, _ request: WireRequest, _ call: Call) throws(ServiceError) -> WireResponse {
        let input = route == .getRecommendations ? try ReferenceInput(query: request.query) : try ReferenceInput(body: request.body)
        switch route {
        case .solutionVersion:
            let output = try services.personalize("CreateSolutionVersion", input.picking(["solutionArn": "solutionArn", "version": "name"]), call)
            return json(200, Self.resolved(output, call), call)
        case .describeSolutionVersion:
            let output = try services.personalize("DescribeSolutionVersion", input.picking(["solutionVersionArn": "solutionVersionArn"]), call)
            return json(200, output?["solutionVersion"]?["status"] ?? .null, call)
        case .campaign:
            var fields = input.picking(["name": "name", "solutionVersionArn": "solutionVersionArn"])
            fields.append("minProvisionedTPS", .integer(1))
            return json(200, Self.resolved(try services.personalize("CreateCampaign", fields, call), call), call)
        case .describeCampaign:
            let output = try services.personalize("DescribeCampaign", input.picking(["campaignArn": "campaignArn"]), call)
            return json(200, output?["campaign"]?["status"] ?? .null, call)
        case .eventTracker:
            let fields = input.picking(["name": "name", "datasetGroupArn": "datasetGroupArn"])
            return json(200, Self.resolved(try services.personalize("CreateEventTracker", fields, call), call), call)
        case .getRecommendations:
            let output = try services.runtime("/recommendations", input.recommendations, call)
            return json(200, Self.resolved(output, call), call)
        case .data:
            let output = try services.kinesis("PutRecord", input.record, call)
            let answer = Document.Fields([("Message", .string("Event sent successfully")), ("data", output ?? .null)])
            return json(200, .object(answer), call)
        case .putEvents:
            for event in try input.kinesisEvents() { try services.deliver(event, call) }
            return json(200, Self.resolved(nil, call), call)
        case .deleteResources: return json(200, try deleteResources(input, call), call)
        }
    }

    /// Deletes what is there and passes over what is not.
    private func deleteResources(_ input: ReferenceInput, _ call: Call) throws(ServiceError) -> Document {
        let tolerated: Set<String> = ["InvalidInputException", "ResourceInUseException", "ResourceNotFoundException"]
        var results = Document.Fields()
        for (member, operation) in [("eventTrackerArn", "DeleteEventTracker"), ("campaignArn", "DeleteCampaign")] {
            do throws(ServiceError) {
                _ = try services.personalize(operation, input.picking([member: member]), call)
                results.append(operation, .string("deleted"))
            } catch {
                guard tolerated.contains(error.code) else { throw error }
                results.append(operation, .string(error.code))
            }
        }
        return .object(results)
    }

    /// An answer as the JavaScript SDK resolves it: the metadata of the call, then the members of the output.
    private static func resolved(_ output: Document?, _ call: Call) -> Document {
        var fields = Document.Fields([("$metadata", metadata(status: 200, call))])
        if case .object(let members)? = output { fields.entries += members.entries }
        return .object(fields)
    }

    /// An error as `JSON.stringify` shows what the SDK throws.
    private static func thrown(_ error: ServiceError, _ call: Call) -> Document {
        .object(
            Document.Fields([
                ("name", .string(error.code)),
                ("$fault", .string(error.status < 500 ? "client" : "server")),
                ("$metadata", metadata(status: error.status, call)),
                ("message", .string(error.message ?? error.code)),
            ])
        )
    }

    private static func metadata(status: Int, _ call: Call) -> Document {
        .object(
            Document.Fields([
                ("httpStatusCode", .integer(Int64(status))), ("requestId", .string(call.requestID)), ("attempts", .integer(1)),
                ("totalRetryDelay", .integer(0)),
            ])
        )
    }

    private func json(_ status: Int, _ body: Document, _ call: Call, hint: String? = nil) -> WireResponse {
        var headers = [("content-type", "application/json"), ("x-amzn-requestid", call.requestID)]
        if let hint { headers.append(("x-personalite-hint", hint)) }
        return WireResponse(status: status, headers: headers, body: .bytes(JSON.write(body)))
    }
}
