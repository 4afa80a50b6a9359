/// Reads the signature off a request, in either of its two places. Nothing is verified here: see ``SignedRequest/verify(_:secret:token:now:keys:)``.
package enum SignatureV4 {
    /// Only the head of the request is looked at.
    package static func parse(_ request: WireRequest, rules: SignatureRules) throws(AuthenticationFault) -> SignedRequest {
        let header = request.headers["authorization"]
        let query = queryParameters(request.query)
        switch (header, query) {
        case (nil, nil):
            throw .missing
        case (let header?, .some):
            throw .bothForms(header: header)
        case (let header?, nil):
            return try parse(header: header, request, rules)
        case (nil, let query?):
            return try parse(query: query, request, rules)
        }
    }

    /// Nil when the query is no form of authentication; an empty `X-Amz-Algorithm` still is one.
    private static func queryParameters(_ query: String) -> [String: String]? {
        // Scanned before it is taken apart: most requests have no such parameter.
        guard query.utf8.count >= 15, let pairs = Percent.pairs(query: query), pairs.contains(where: { $0.name == "X-Amz-Algorithm" }) else {
            return nil
        }
        return Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    private static func parse(header: String, _ request: WireRequest, _ rules: SignatureRules) throws(AuthenticationFault) -> SignedRequest {
        if header.isEmpty, rules == .standard { throw .missing }
        // The parts are divided by commas or blanks: both spellings are in use.
        let isDivider: (UInt8) -> Bool = { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        var pieces = header.utf8.split(whereSeparator: isDivider).map { Substring($0) }
        let algorithm = pieces.isEmpty ? "" : String(pieces.removeFirst())
        let isOurs = algorithm.hasPrefix("AWS4-")
        guard isOurs || rules == .standard else {
            // The scheme of signature version 2.
            throw algorithm == "AWS" ? .unsupportedAlgorithm(algorithm, .header) : .otherScheme(header: header)
        }
        var credential = ""
        var signedHeaders = ""
        var signature = ""
        for piece in pieces {
            guard let cut = piece.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                // What another scheme is made of is not looked at: only what is missing is reported.
                if !isOurs { continue }
                throw .notKeyValue(piece: String(piece), header: header)
            }
            let value = String(piece[piece.utf8.index(after: cut)...])
            switch piece[..<cut] {
            case "Credential": credential = value
            case "SignedHeaders": signedHeaders = value
            case "Signature": signature = value
            default: break
            }
        }
        let date = request.headers["x-amz-date"] ?? request.headers["date"] ?? ""
        guard !credential.isEmpty, !signature.isEmpty, !signedHeaders.isEmpty, !date.isEmpty else {
            let parts = [("Credential", credential), ("Signature", signature), ("SignedHeaders", signedHeaders)]
            throw .incompleteHeader(missing: parts.filter { $0.1.isEmpty }.map(\.0), date: date.isEmpty, header: header)
        }
        guard isOurs else { throw .unsupportedAlgorithm(algorithm, .header) }
        guard let scope = CredentialScope(credential) else { throw .malformedCredential(credential, .header) }
        return SignedRequest(
            form: .header,
            rules: rules,
            algorithm: algorithm,
            scope: scope,
            signedHeaders: names(signedHeaders),
            signature: signature,
            date: date,
            expires: nil,
            token: request.headers["x-amz-security-token"],
            payloadHash: request.headers["x-amz-content-sha256"]
        )
    }

    private static func parse(
        query: [String: String],
        _ request: WireRequest,
        _ rules: SignatureRules
    ) throws(AuthenticationFault) -> SignedRequest {
        var required = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"]
        if rules == .s3 { required.append("X-Amz-Expires") }
        let missing = required.filter { query[$0, default: ""].isEmpty }
        guard missing.isEmpty else { throw .incompleteQuery(missing: missing) }
        let credential = query["X-Amz-Credential", default: ""]
        guard let scope = CredentialScope(credential) else { throw .malformedCredential(credential, .query) }
        let signedHeaders = names(query["X-Amz-SignedHeaders", default: ""])
        // A body may be bound to a presigned request by a parameter or by a header that is signed; else it is left open.
        let signedHash = signedHeaders.contains("x-amz-content-sha256") ? request.headers["x-amz-content-sha256"] : nil
        return SignedRequest(
            form: .query,
            rules: rules,
            algorithm: query["X-Amz-Algorithm", default: ""],
            scope: scope,
            signedHeaders: signedHeaders,
            signature: query["X-Amz-Signature", default: ""],
            date: query["X-Amz-Date", default: ""],
            expires: query["X-Amz-Expires"],
            token: query["X-Amz-Security-Token"],
            payloadHash: query["X-Amz-Content-Sha256"] ?? signedHash
        )
    }

    private static func names(_ list: String) -> [String] {
        list.utf8.split(separator: UInt8(ascii: ";")).map { Substring($0).lowercased() }.sorted()
    }
}
