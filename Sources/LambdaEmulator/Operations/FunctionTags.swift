import ServiceKit
import Wire

/// Tags of functions, and how many may run at a time.
enum FunctionTags {
    static func checked(_ tags: Document?) throws(ServiceError) -> [String: String] {
        let entries = tags?.entriesIfAny ?? []
        guard entries.count <= 50 else { throw .invalidParameter("Number of tags exceeds resource tag limit.") }
        for entry in entries {
            guard (1...128).contains(entry.name.utf16.count), (entry.value.textIfAny ?? "").utf16.count <= 256,
                !entry.name.lowercased().hasPrefix("aws:")
            else { throw .invalidParameter("The tag \(entry.name) is not valid.") }
        }
        return Dictionary(entries.map { ($0.name, $0.value.textIfAny ?? "") }) { $1 }
    }
}

extension LambdaService {
    private static func tagged(_ input: Document, _ call: Call) throws(ServiceError) -> FunctionName {
        let name = try FunctionName(input.required("Resource").text, call)
        guard name.qualifier == nil else {
            throw .invalidParameter("Tags on function aliases and versions are not supported. Please specify either a function ARN.")
        }
        return name
    }

    func tagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try Self.tagged(input, call)
        let tags = try FunctionTags.checked(input["Tags"])
        try write(call) { _, table in
            var function = try Function.get(name, in: table, call)
            function.tags.merge(tags) { $1 }
            guard function.tags.count <= 50 else { throw ServiceError.invalidParameter("Number of tags exceeds resource tag limit.") }
            try function.save(in: table)
        }
        return nil
    }

    func untagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try Self.tagged(input, call)
        try write(call) { _, table in
            var function = try Function.get(name, in: table, call)
            for key in input.required("TagKeys").items.map(\.text) { function.tags[key] = nil }
            try function.save(in: table)
        }
        return nil
    }

    func listTags(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.tagged(input, call)
        return try read(call) { table in .members([("Tags", Document.map(try Function.get(name, in: table, call).tags) { .string($0) })]) }
    }

    // MARK: Concurrency

    func putConcurrency(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        let count = input.required("ReservedConcurrentExecutions").int
        guard count <= 900 else {
            throw .invalidParameter(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
            )
        }
        try setConcurrency(count, name, call)
        return .members([("ReservedConcurrentExecutions", .integer(Int64(count)))])
    }

    func deleteConcurrency(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try setConcurrency(nil, try Self.unqualified(input, call), call)
        return nil
    }

    private func setConcurrency(_ count: Int?, _ name: FunctionName, _ call: Call) throws(ServiceError) {
        try write(call) { _, table in
            var function = try Function.get(name, in: table, call)
            function.reserved = count
            try function.save(in: table)
        }
    }

    func getConcurrency(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        return try read(call) { table in
            .members([("ReservedConcurrentExecutions", try Function.get(name, in: table, call).reserved.map { .integer(Int64($0)) })])
        }
    }
}
