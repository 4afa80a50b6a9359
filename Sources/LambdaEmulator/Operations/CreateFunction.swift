import ServiceKit
import Wire

extension LambdaService {
    func createFunction(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try FunctionName(input.required("FunctionName").text, call)
        guard name.qualifier == nil else { throw .invalidParameter("A function is created without a qualifier.") }
        guard name.name.utf8.count <= 64 else {
            throw ServiceError(
                "ValidationException",
                "1 validation error detected: Value '\(name.name)' at 'functionName' failed to satisfy constraint: "
                    + "Member must have length less than or equal to 64"
            )
        }
        var config = try FunctionInput.config(input, over: nil, call)
        let exists = try read(call) { try Function.find(name.name, in: $0) != nil }
        guard !exists else { throw .conflict("Function already exist: \(name.name)") }
        let code = try FunctionCode(input.required("Code"), objects: objects, call)
        code.note(in: &config)
        let tags = try FunctionTags.checked(input["Tags"])
        let publishes = input["Publish"]?.flag ?? false
        return try write(call) { transaction, table in
            guard try Function.find(name.name, in: table) == nil else { throw ServiceError.conflict("Function already exist: \(name.name)") }
            var config = config
            if let layers = input["Layers"]?.listIfAny, !layers.isEmpty {
                config.set("Layers", try FunctionLayers.resolve(layers, unpacked: code.unzippedSize, in: table, call))
            }
            var function = Function(name: name.name, config: config, codeID: HexText.random(digits: 32), tags: tags)
            try DeploymentPackage.save(code.bytes, function.codeID, of: name.name, in: table)
            let version = publishes ? try Self.publish(&function, description: nil, in: table, call) : function.latest
            try function.save(in: table)
            return version.document(qualifier: version.number.map { "\($0)" }, call)
        }
    }
}
