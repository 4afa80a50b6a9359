import CloudWatchEmulator
import ServiceKit
import Wire

extension Emulator {
    /// The names of CloudWatch's errors where they differ from their codes.
    static let monitoringNames = QueryCompatibleProtocol.Names(
        namespace: "com.amazonaws.cloudwatch",
        shapes: [
            "InvalidParameterValue": "InvalidParameterValueException", "InvalidParameterCombination": "InvalidParameterCombinationException",
            "MissingParameter": "MissingRequiredParameterException", "LimitExceeded": "LimitExceededFault", "InvalidFormat": "InvalidFormatFault",
            "ValidationError": "ValidationException",
        ]
    )

    /// CloudWatch in JSON 1.0 and in CBOR, with the order of refusals of the JSON services.
    func answerMonitoring(
        _ request: WireRequest,
        _ operation: String,
        _ protocolForm: QueryCompatibleProtocol.Form,
        _ call: Call,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) {
        let form = AnswerForm.queryCompatible(protocolForm, Self.monitoringNames)
        let fail = { (error: ServiceError) in reply(form.failure(error, call)) }
        // 1. Method and content type.
        guard request.method == "POST" else { return reply(JSONProtocol.undeterminedOperation(call)) }
        let type = request.headers["content-type"]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        guard type == protocolForm.contentType || (protocolForm == .json && type == PayloadFormat.json.contentType) else {
            return fail(ServiceError("UnsupportedMediaTypeException", "The content type \(type) is not \(protocolForm.contentType).", status: 415))
        }
        // 2. The body parses, also when it is compressed.
        guard let bytes = request.expandedBody, let body = protocolForm.object(bytes) else {
            return fail(ServiceError("SerializationException", nil))
        }
        // 3. The operation is known.
        let table = parts.monitoringTable.value
        guard let entry = table[operation] else {
            let page = HostedServices.page(of: "monitoring")
            return fail(
                ServiceError("UnknownOperationException", "\(operation) of CloudWatch is not carried out by personalite; \(page) lists what is.")
            )
        }
        // 4. The signature.
        let caller: Caller
        do {
            caller = try parts.authenticator.caller(of: request, for: table.dialect.signingName)
        } catch {
            return fail(error.jsonRefusal)
        }
        // 5. Types, 6. constraints, 7. the operation.
        carryOut(entry, of: table, body: body, call.by(caller), form: form, reply: reply)
    }
}

extension WireRequest {
    private static let maximumExpanded = 16 << 20

    /// The body as it was before it was compressed: the SDKs compress large PutMetricData requests. Nil when it is no gzip, or too large.
    var expandedBody: [UInt8]? {
        guard headers["content-encoding"]?.lowercased() == "gzip" else { return body }
        return Gzip.expand(body, limit: Self.maximumExpanded)
    }
}
