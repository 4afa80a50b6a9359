import ServiceKit
import Wire

extension LambdaService {
    func updateFunctionCode(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        try FunctionInput.check(input)
        // That it is there is said before what is wrong with the code.
        _ = try read(call) { try Function.get(name, in: $0, call) }
        let code = try FunctionCode(input, objects: objects, call)
        let isTrial = input["DryRun"]?.flag ?? false
        let publishes = input["Publish"]?.flag ?? false
        return try write(call) { transaction, table in
            var function = try Function.get(name, in: table, call)
            if let revision = input["RevisionId"]?.text, revision != function.revision { throw ServiceError.wrongRevision }
            let old = function.latest
            if let architectures = input["Architectures"] { function.config.set("Architectures", architectures) }
            code.note(in: &function.config)
            try FunctionLayers.check(function.config)
            guard !isTrial else { return function.latest.document(qualifier: nil, call) }
            function.config = FunctionInput.touched(function.config, call)
            function.codeID = HexText.random(digits: 32)
            try DeploymentPackage.save(code.bytes, function.codeID, of: function.name, in: table)
            let version = publishes ? try Self.publish(&function, description: nil, in: table, call) : function.latest
            try function.save(in: table)
            let gone = try Self.sweepCode(function, in: table)
            retire(old, gone, after: transaction, call)
            return version.document(qualifier: version.number.map { "\($0)" }, call)
        }
    }

    func updateFunctionConfiguration(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.unqualified(input, call)
        return try write(call) { transaction, table in
            var function = try Function.get(name, in: table, call)
            if let revision = input["RevisionId"]?.text, revision != function.revision { throw ServiceError.wrongRevision }
            let old = function.latest
            function.config = try FunctionInput.config(input, over: function.config, call)
            if let layers = input["Layers"]?.listIfAny {
                let unpacked = FunctionLayers.size(function.config)
                function.config.set("Layers", layers.isEmpty ? nil : try FunctionLayers.resolve(layers, unpacked: unpacked, in: table, call))
            }
            try function.save(in: table)
            try FunctionLayers.sweep(FunctionLayers.ids(old.config), in: table)
            retire(old, [], after: transaction, call)
            return function.latest.document(qualifier: nil, call)
        }
    }

    func deleteFunction(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try Self.name(input, call)
        try write(call) { transaction, table in
            let function = try Function.get(name, in: table, call)
            guard let qualifier = name.qualifier else { return try deleteWhole(function, transaction, table, call) }
            guard qualifier != "$LATEST" else {
                throw ServiceError.invalidParameter("$LATEST version cannot be deleted without deleting the function.")
            }
            guard let number = Int(qualifier) else { throw ServiceError.invalidParameter("Deletion of aliases is not currently supported.") }
            // What is not there is deleted already.
            guard let version = try FunctionVersion.find(function.name, number, in: table) else { return }
            let aliases = try FunctionAlias.all(function.name, in: table).filter { $0.refers(to: qualifier) }
            guard aliases.isEmpty else {
                throw ServiceError.conflict("Version \(qualifier) referenced by aliases: \(aliases.map(\.name).joined(separator: ", "))")
            }
            try version.remove(in: table)
            try FunctionLayers.sweep(FunctionLayers.ids(version.config), in: table)
            retire(version, try Self.sweepCode(function, in: table), after: transaction, call)
        }
        return nil
    }

    private func deleteWhole(_ function: Function, _ transaction: Transaction, _ table: RecordTable, _ call: Call) throws {
        let versions = try FunctionVersion.all(function.name, in: table) + [function.latest]
        let codes = try DeploymentPackage.sweep(function.name, keeping: [], in: table)
        try table.removeAll(FunctionVersion.kind, parent: function.name)
        try table.removeAll(FunctionAlias.kind, parent: function.name)
        try table.remove(Function.kind, function.name)
        try FunctionLayers.sweep(versions.reduce(into: []) { $0.formUnion(FunctionLayers.ids($1.config)) }, in: table)
        for version in versions { retire(version, version.number == nil ? codes : [], after: transaction, call) }
    }

    // MARK: What follows a change

    /// Removes the packages that neither `$LATEST` nor a version is made of.
    static func sweepCode(_ function: Function, in table: RecordTable) throws -> [String] {
        let kept = try FunctionVersion.all(function.name, in: table).map(\.codeID) + [function.codeID]
        return try DeploymentPackage.sweep(function.name, keeping: Set(kept), in: table)
    }

    /// Once the change is committed, the processes of a version that is no more serve nobody.
    func retire(_ version: FunctionVersion, _ codes: [String], after transaction: Transaction, _ call: Call) {
        let revision = version.setup(reserved: nil, call).revision
        transaction.afterCommit { [runtime] _ in runtime.retire(revision, codes) }
    }
}
