import ServiceKit
import Wire

/// Resources that a function makes: `AWS::CloudFormation::CustomResource`, and `Custom::` with a name of one's own.
extension ResourceType {
    static func isCustom(_ name: String) -> Bool {
        guard name != "AWS::CloudFormation::CustomResource" else { return true }
        let own = name.dropFirst("Custom::".count)
        return name.hasPrefix("Custom::") && !own.isEmpty && name.utf8.count <= 68
            && own.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_@-".contains($0)) }
    }

    static func custom(_ name: String) -> ResourceType {
        ResourceType(
            name: name,
            service: "CloudFormation",
            required: ["ServiceToken"],
            carried: [],
            isOpen: true,
            create: { (properties, context) throws(ServiceError) in
                let answer = try ask("Create", name, properties, [], context)
                return Made(id: answer["PhysicalResourceId"]?.scalarText ?? "", attributes: answer["Data"] ?? .object(Document.Fields()))
            },
            update: { (id, old, new, context) throws(ServiceError) in
                guard old["ServiceToken"] == new["ServiceToken"] else { throw .invalid("Modifying service token is not allowed.") }
                let more: [(name: String, value: Document?)] = [
                    ("PhysicalResourceId", .string(id)), ("OldResourceProperties", texts(old)),
                ]
                // Another id, which is noted with the answer, is that of a new resource.
                return try ask("Update", name, new, more, context)["Data"] ?? .object(Document.Fields())
            },
            delete: { (id, properties, context) throws(ServiceError) in
                _ = try ask("Delete", name, properties, [("PhysicalResourceId", .string(id))], context)
            }
        )
    }

    private static let longestTimeout = 3600

    private static func ask(
        _ request: String,
        _ type: String,
        _ properties: Document,
        _ more: [(name: String, value: Document?)],
        _ context: ResourceContext
    ) throws(ServiceError) -> Document {
        guard let function = properties["ServiceToken"]?.textIfAny, ARN(function)?.service == "lambda" else {
            throw .invalid("Invalid service token: personalite takes the ARN of a function.")
        }
        var seconds = longestTimeout
        if let given = properties["ServiceTimeout"] {
            guard let number = given.scalarText.flatMap({ Int($0) }), (1...longestTimeout).contains(number) else {
                throw .invalid("ServiceTimeout must be an integer between 1 and \(longestTimeout).")
            }
            seconds = number
        }
        let event: [(name: String, value: Document?)] = [
            ("RequestType", .string(request)), ("ResourceType", .string(type)), ("ResourceProperties", texts(properties)),
        ]
        let fallback = request == "Create" ? context.physicalName : nil
        return try context.engine.custom.ask(event + more, function: function, seconds: seconds, fallback: fallback, context)
    }

    /// Properties as functions get them: every single value is text.
    private static func texts(_ value: Document) -> Document {
        switch value {
        case .list(let items): .list(items.map { texts($0) })
        case .object(let fields): .members(fields.entries.map { ($0.name, texts($0.value)) })
        default: value.scalarText.map { .string($0) } ?? value
        }
    }
}

/// The modules that CloudFormation puts beside code that stands in a template.
enum ResponseModules {
    static func files(runtime: String) -> [(String, [UInt8])] {
        runtime.hasPrefix("python") ? [("cfnresponse.py", Array(python.utf8))] : [("node_modules/cfn-response/index.js", Array(node.utf8))]
    }

    private static let python = """
        from json import dumps
        from urllib.request import Request, urlopen

        SUCCESS = "SUCCESS"
        FAILED = "FAILED"


        def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
            body = dumps({
                "Status": responseStatus, "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
                "PhysicalResourceId": physicalResourceId or context.log_stream_name, "StackId": event["StackId"], "RequestId": event["RequestId"],
                "LogicalResourceId": event["LogicalResourceId"], "NoEcho": noEcho, "Data": responseData,
            }).encode()
            request = Request(event["ResponseURL"], data=body, method="PUT", headers={"content-type": ""})
            with urlopen(request) as answer:
                print("Status code:", answer.status)

        """

    private static let node = """
        'use strict';
        const http = require('http');
        const https = require('https');

        exports.SUCCESS = 'SUCCESS';
        exports.FAILED = 'FAILED';

        exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) => new Promise((resolve, reject) => {
          const body = JSON.stringify({
            Status: responseStatus, Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
            PhysicalResourceId: physicalResourceId || context.logStreamName, StackId: event.StackId, RequestId: event.RequestId,
            LogicalResourceId: event.LogicalResourceId, NoEcho: noEcho || false, Data: responseData,
          });
          const url = new URL(event.ResponseURL);
          const sent = (url.protocol === 'https:' ? https : http).request(url, {
            method: 'PUT', headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) },
          }, (answer) => {
            answer.resume();
            answer.on('end', () => { context.done(); resolve(); });
          });
          sent.on('error', (error) => { context.done(error); reject(error); });
          sent.end(body);
        });

        """
}
