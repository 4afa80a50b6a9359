import ServiceKit
import Wire

/// Policies of functions are kept and returned; here they grant nothing, for every caller of the account may do everything.
extension LambdaService {
    func addPermission(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.name(input, call)
        for member in ["FunctionUrlAuthType", "InvokedViaFunctionUrl", "EventSourceToken"] where input[member] != nil { throw .notHere(member) }
        let id = input.required("StatementId").text
        let statement = Self.statement(input, id: id, resource: name.arn(call), call)
        try write(call) { _, table in
            var function = try Self.resolve(name, in: table, call).function
            if let revision = input["RevisionId"]?.text, revision != function.revision { throw ServiceError.wrongRevision }
            var statements = PolicyStatements(function.policies[name.qualifier ?? ""] ?? [])
            try statements.add(statement)
            function.policies[name.qualifier ?? ""] = statements.list
            try function.save(in: table)
        }
        return .members([("Statement", .string(JSON.text(statement)))])
    }

    private static func statement(_ input: Document, id: String, resource: String, _ call: Call) -> Document {
        let text = input.required("Principal").text
        let principal: Document
        if text == "*" {
            principal = .string("*")
        } else if Credentials.isAccount(text) {
            principal = .members([("AWS", .string("arn:\(ARN.partition(of: call.region)):iam::\(text):root"))])
        } else {
            principal = .members([(text.hasPrefix("arn:") ? "AWS" : "Service", .string(text))])
        }
        var condition = Document.Fields()
        var equals = Document.Fields()
        if let account = input["SourceAccount"] { equals.append("AWS:SourceAccount", account) }
        if let organization = input["PrincipalOrgID"] { equals.append("aws:PrincipalOrgID", organization) }
        if !equals.entries.isEmpty { condition.append("StringEquals", .object(equals)) }
        if let source = input["SourceArn"] { condition.append("ArnLike", .members([("AWS:SourceArn", source)])) }
        return .members([
            ("Sid", .string(id)), ("Effect", .string("Allow")), ("Principal", principal), ("Action", input["Action"]),
            ("Resource", .string(resource)),
            ("Condition", condition.entries.isEmpty ? nil : .object(condition)),
        ])
    }

    func getPolicy(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.name(input, call)
        return try read(call) { table in
            let function = try Self.resolve(name, in: table, call).function
            guard let statements = function.policies[name.qualifier ?? ""], !statements.isEmpty else {
                throw ServiceError("ResourceNotFoundException", "The resource you requested does not exist.", status: 404)
            }
            return .members([("Policy", .string(PolicyStatements(statements).text)), ("RevisionId", .string(function.revision))])
        }
    }

    func removePermission(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try Self.name(input, call)
        let id = input.required("StatementId").text
        try write(call) { _, table in
            var function = try Self.resolve(name, in: table, call).function
            if let revision = input["RevisionId"]?.text, revision != function.revision { throw ServiceError.wrongRevision }
            var statements = PolicyStatements(function.policies[name.qualifier ?? ""] ?? [])
            try statements.remove(id)
            function.policies[name.qualifier ?? ""] = statements.list.isEmpty ? nil : statements.list
            try function.save(in: table)
        }
        return nil
    }
}
