import ServiceKit
import Wire

/// Who names whom in a template.
enum TemplateReferences {
    /// The logical names in Ref, GetAtt and Sub anywhere in a value; pseudo parameters are left out.
    static func names(in value: Document) -> Set<String> {
        var names: Set<String> = []
        collect(value, &names)
        return names
    }

    private static func collect(_ value: Document, _ names: inout Set<String>) {
        switch value {
        case .list(let items): for item in items { collect(item, &names) }
        case .object(let fields):
            guard fields.entries.count == 1, let field = fields.entries.first else {
                for field in fields.entries { collect(field.value, &names) }
                return
            }
            switch (field.name, field.value) {
            case ("Ref", .string(let name)): if !name.hasPrefix("AWS::") { names.insert(name) }
            case ("Fn::GetAtt", .list(let parts)):
                if let name = parts.first?.textIfAny { names.insert(name) }
                // The name of the attribute may be a Ref of a parameter.
                for part in parts.dropFirst() { collect(part, &names) }
            case ("Fn::GetAtt", .string(let text)): names.insert(String(text.prefix { $0 != "." }))
            case ("Fn::Sub", .string(let text)): names.formUnion(variables(text))
            case ("Fn::Sub", .list(let parts)):
                let own = Set(parts.dropFirst().first?.entriesIfAny.map(\.name) ?? [])
                names.formUnion(variables(parts.first?.textIfAny ?? "").subtracting(own))
                for part in parts.dropFirst() { collect(part, &names) }
            default: collect(field.value, &names)
            }
        default: break
        }
    }

    private static func variables(_ text: String) -> Set<String> {
        Set(
            SubstitutionText.parts(text).compactMap { part in
                // The evaluator says what is wrong with a name that is none.
                guard case .variable(let name) = part, !name.hasPrefix("AWS::"), SubstitutionText.isName(name) else { return nil }
                return String(name.prefix { $0 != "." })
            }
        )
    }

    /// Resources and their attributes in GetAtt and Sub anywhere in a value, where they are written out.
    private static func attributes(in value: Document, _ found: inout [(function: String, name: String, attribute: String)]) {
        switch value {
        case .list(let items): for item in items { attributes(in: item, &found) }
        case .object(let fields):
            for field in fields.entries {
                switch (field.name, field.value) {
                case ("Fn::GetAtt", .list(let parts)):
                    if parts.count == 2, let name = parts[0].textIfAny, let attribute = parts[1].textIfAny {
                        found.append((field.name, name, attribute))
                    }
                case ("Fn::GetAtt", .string(let text)): if let pair = pair(text) { found.append((field.name, pair.name, pair.attribute)) }
                case ("Fn::Sub", .string(let text)): found += dotted(text).map { (field.name, $0.name, $0.attribute) }
                case ("Fn::Sub", .list(let parts)):
                    let own = Set(parts.dropFirst().first?.entriesIfAny.map(\.name) ?? [])
                    let pairs = dotted(parts.first?.textIfAny ?? "").filter { !own.contains("\($0.name).\($0.attribute)") }
                    found += pairs.map { (field.name, $0.name, $0.attribute) }
                default: break
                }
                attributes(in: field.value, &found)
            }
        default: break
        }
    }

    private static func pair(_ text: String) -> (name: String, attribute: String)? {
        text.firstIndex(of: ".").map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
    }

    private static func dotted(_ text: String) -> [(name: String, attribute: String)] {
        SubstitutionText.parts(text).compactMap { part in
            guard case .variable(let name) = part, !name.hasPrefix("AWS::"), SubstitutionText.isName(name) else { return nil }
            return pair(name)
        }
    }

    /// That resources whose attributes are asked for are there, and that their types have these attributes.
    private static func checkAttributes(_ template: Template) throws(ServiceError) {
        var found: [(function: String, name: String, attribute: String)] = []
        for resource in template.resources { attributes(in: resource.properties, &found) }
        for output in template.outputs { attributes(in: output.value, &found) }
        let types = Dictionary(template.resources.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (function, name, attribute) in found {
            if let resource = types[name] {
                try ResourceTypes.check(attribute, of: resource)
            } else if function == "Fn::Sub" {
                throw .template("instance of Fn::Sub references invalid resource attribute \(name).\(attribute)")
            } else {
                throw .template("instance of Fn::GetAtt references undefined resource \(name)")
            }
        }
    }

    /// That whatever is named is there.
    static func check(_ template: Template) throws(ServiceError) {
        try checkAttributes(template)
        let resources = Set(template.resources.map(\.name))
        let known = resources.union(template.parameters.map(\.name))
        let conditions = Set(template.conditions.map(\.name))
        var missing: Set<String> = []
        for resource in template.resources {
            missing.formUnion(names(in: resource.properties).subtracting(known))
            missing.formUnion(Set(resource.dependsOn).subtracting(resources))
            if let condition = resource.condition, !conditions.contains(condition) {
                throw .format("Unresolved condition dependency \(condition) in the Resources block of the template")
            }
        }
        guard missing.isEmpty else {
            throw .format("Unresolved resource dependencies [\(missing.sorted().joined(separator: ", "))] in the Resources block of the template")
        }
        let parameters = Set(template.parameters.map(\.name))
        for condition in template.conditions {
            let wrong = names(in: condition.value).subtracting(parameters)
            guard wrong.isEmpty else {
                throw .format(
                    """
                    Unresolved dependencies [\(wrong.sorted().joined(separator: ", "))]. Cannot reference resources in the Conditions block of the \
                    template
                    """
                )
            }
        }
        for output in template.outputs {
            missing.formUnion(names(in: output.value).subtracting(known))
            try checkExport(output, parameters)
            if let condition = output.condition, !conditions.contains(condition) {
                throw .format("Unresolved condition dependency \(condition) in the Outputs block of the template")
            }
        }
        guard missing.isEmpty else {
            throw .format("Unresolved resource dependencies [\(missing.sorted().joined(separator: ", "))] in the Outputs block of the template")
        }
        _ = try order(template.resources)
    }

    /// The name of an export is known before anything is made.
    private static func checkExport(_ output: Template.Output, _ parameters: Set<String>) throws(ServiceError) {
        guard let name = output.exportName else { return }
        guard names(in: name).isSubset(of: parameters), !has(["Fn::ImportValue", "Fn::GetAZs", "Fn::GetAtt"], name) else {
            throw .format(
                """
                Output \(output.name) is malformed.  The Name field of Export must not depend on any resources, imported values, or Fn::GetAZs.
                """
            )
        }
    }

    private static func has(_ functions: Set<String>, _ value: Document) -> Bool {
        switch value {
        case .list(let items): items.contains { has(functions, $0) }
        case .object(let fields): fields.entries.contains { functions.contains($0.name) || has(functions, $0.value) }
        default: false
        }
    }

    /// Resources in an order in which each follows all that it names, and else the template's.
    static func order(_ resources: [Template.Resource]) throws(ServiceError) -> [Template.Resource] {
        let there = Set(resources.map(\.name))
        var needs: [String: Set<String>] = [:]
        for resource in resources {
            let named = names(in: resource.properties).union(resource.dependsOn).intersection(there)
            needs[resource.name] = named
        }
        var (ordered, done): ([Template.Resource], Set<String>) = ([], [])
        var left = resources
        while !left.isEmpty {
            let free = left.filter { needs[$0.name, default: []].isSubset(of: done) }
            guard !free.isEmpty else {
                throw .invalid("Circular dependency between resources: [\(left.map(\.name).joined(separator: ", "))]")
            }
            ordered += free
            done.formUnion(free.map(\.name))
            left.removeAll { done.contains($0.name) }
        }
        return ordered
    }
}

/// The text of an `Fn::Sub`: `${Name}`, `${Name.Attribute}`, `${AWS::Region}`, and `${!Literal}`.
enum SubstitutionText {
    enum Part: Equatable {
        case text(String)
        case variable(String)
    }

    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.:".contains($0)) }
    }

    static func parts(_ text: String) -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        while let dollar = rest.firstRange(of: "${"), let end = rest[dollar.upperBound...].firstIndex(of: "}") {
            if dollar.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<dollar.lowerBound]))) }
            let name = rest[dollar.upperBound..<end]
            if name.hasPrefix("!") {
                parts.append(.text("${\(name.dropFirst())}"))
            } else {
                parts.append(.variable(String(name.filter { $0 != " " })))
            }
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        return parts
    }
}
