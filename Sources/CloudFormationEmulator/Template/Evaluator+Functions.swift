import ServiceKit
import Wire

/// The intrinsic functions, one after the other.
extension Evaluator {
    /// A value longer than this is refused: nothing that takes one takes so much.
    private static let longestText = 4 << 20

    func function(_ name: String, _ argument: Document) throws(ServiceError) -> Document? {
        switch name {
        case "Ref":
            guard let target = argument.textIfAny else { throw .template("every Ref object must have a single String value.") }
            return try reference(to: target)
        case "Fn::GetAtt": return try getAtt(argument)
        case "Fn::Sub": return try sub(argument)
        case "Fn::Join": return try join(argument)
        case "Fn::If": return try choose(argument)
        case "Fn::Select": return try select(argument)
        case "Fn::Split": return try split(argument)
        case "Fn::FindInMap": return try findInMap(argument)
        case "Fn::ImportValue":
            let export = try text(argument, in: name)
            guard let value = try exported(export) else { throw .invalid("No export named \(export) found.") }
            return .string(value)
        case "Fn::Base64": return .string(Base64.encode(Array(try text(argument, in: name).utf8)))
        case "Fn::GetAZs":
            let region = try text(argument, in: name)
            return .list(["a", "b", "c"].map { .string((region.isEmpty ? place.region : region) + $0) })
        case "Fn::Cidr": return try cidr(argument)
        case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Contains", "Fn::EachMemberIn", "Fn::EachMemberEquals":
            return .boolean(try isTrue(.object(Document.Fields([(name, argument)]))))
        case "Fn::Transform":
            throw .invalid("Fn::Transform \(argument["Name"]?.textIfAny ?? "") is not carried out by personalite.")
        default:
            throw .template(
                """
                encountered unsupported function: \(name) Supported functions are: [Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, \
                Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, \
                Fn::EachMemberEquals, Fn::EachMemberIn, Fn::Sub, Fn::Cidr]
                """
            )
        }
    }

    /// The placeholder, if a text is or holds it: what is made of it is not known either.
    private func unknown(_ value: Document?) -> Document? {
        guard let placeholder, let mark = placeholder.textIfAny, let text = value?.textIfAny, text.contains(mark) else { return nil }
        return placeholder
    }

    private func getAtt(_ argument: Document) throws(ServiceError) -> Document {
        let parts: [String]
        if let text = argument.textIfAny {
            parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        } else {
            guard let first = argument.listIfAny.first?.textIfAny, argument.listIfAny.count == 2 else { throw Self.malformedGetAtt }
            parts = [first, try text(argument.listIfAny[1], in: "Fn::GetAtt")]
        }
        guard parts.count == 2 else { throw Self.malformedGetAtt }
        return try attributeValue(parts[0], parts[1])
    }

    private static var malformedGetAtt: ServiceError {
        .template(
            """
            every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute
            """
        )
    }

    private func sub(_ argument: Document) throws(ServiceError) -> Document {
        let items = argument.listIfAny
        guard let format = argument.textIfAny ?? items.first?.textIfAny, items.count <= 2 else {
            throw .template(
                """
                One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an \
                optional second argument to specify a mapping of values to replace in the string
                """
            )
        }
        let own = items.count == 2 ? items[1] : .null
        var output = ""
        for part in SubstitutionText.parts(format) {
            switch part {
            case .text(let text): output += text
            case .variable(let name):
                guard SubstitutionText.isName(name) else {
                    throw .template(
                        """
                        variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons
                        """
                    )
                }
                output += try variable(name, own)
            }
            guard output.utf8.count <= Self.longestText else { throw .template("a value is too long") }
        }
        return .string(output)
    }

    private func variable(_ name: String, _ own: Document) throws(ServiceError) -> String {
        if let value = own.entriesIfAny.first(where: { $0.name == name })?.value { return try text(value, in: "Fn::Sub") }
        let value: Document?
        if let dot = name.firstIndex(of: ".") {
            value = try attributeValue(String(name[..<dot]), String(name[name.index(after: dot)...]))
        } else {
            value = try reference(to: name)
        }
        guard let text = value?.scalarText else { throw .template("Fn::Sub needs text for \(name)") }
        return text
    }

    private func join(_ argument: Document) throws(ServiceError) -> Document {
        let items = argument.listIfAny
        let list = items.count == 2 ? try value(items[1]) : nil
        if let unknown = unknown(list) { return unknown }
        guard let separator = items.first?.textIfAny, case .list(let parts)? = list else {
            throw .template(
                """
                every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function \
                that returns a list of strings (such as Fn::GetAZs) to be joined.
                """
            )
        }
        var output = ""
        for (index, part) in parts.enumerated() {
            guard let text = part.scalarText else { throw .template("every value of a Fn::Join must be a string") }
            output += (index > 0 ? separator : "") + text
            guard output.utf8.count <= Self.longestText else { throw .template("a value is too long") }
        }
        return .string(output)
    }

    private func choose(_ argument: Document) throws(ServiceError) -> Document? {
        let items = argument.listIfAny
        guard items.count == 3, let name = items[0].textIfAny else {
            throw .template("Fn::If requires a list argument with the first element being a condition")
        }
        guard let condition = conditions[name] else {
            throw .format("Unresolved condition dependency \(name) in the Resources block of the template")
        }
        return try value(items[condition ? 1 : 2])
    }

    private func select(_ argument: Document) throws(ServiceError) -> Document {
        let items = argument.listIfAny
        guard items.count == 2, let index = Int(try text(items[0], in: "Fn::Select")) else {
            throw .template("Fn::Select requires a list argument with two elements: an integer index and a list")
        }
        let list = try value(items[1])
        if let unknown = unknown(list) { return unknown }
        guard case .list(let values)? = list else {
            throw .template("Fn::Select requires a list argument with a valid index")
        }
        guard values.indices.contains(index) else {
            throw .template("Fn::Select cannot select nonexistent value at index \(index)")
        }
        return values[index]
    }

    private func split(_ argument: Document) throws(ServiceError) -> Document {
        let items = argument.listIfAny
        guard items.count == 2, let separator = items[0].textIfAny, !separator.isEmpty else {
            throw .template(
                """
                every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that \
                returns a string to be split.
                """
            )
        }
        let whole = try text(items[1], in: "Fn::Split")
        // Nobody knows how many parts there will be.
        if let unknown = unknown(.string(whole)) { return unknown }
        var (parts, rest): ([Document], Substring) = ([], whole[...])
        while let cut = rest.firstRange(of: separator) {
            parts.append(.string(String(rest[..<cut.lowerBound])))
            rest = rest[cut.upperBound...]
        }
        return .list(parts + [.string(String(rest))])
    }

    private func findInMap(_ argument: Document) throws(ServiceError) -> Document {
        let items = argument.listIfAny
        guard items.count == 3 else {
            throw .template("every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value")
        }
        let keys = try items.map { item throws(ServiceError) in try text(item, in: "Fn::FindInMap") }
        guard let value = template.mappings[keys[0]]?[keys[1]]?[keys[2]] else {
            throw .template("Unable to get mapping for \(keys.joined(separator: "::"))")
        }
        return value
    }

    /// `count` blocks of `bits` host bits each, from the beginning of an IPv4 block.
    private func cidr(_ argument: Document) throws(ServiceError) -> Document {
        let items = argument.listIfAny
        let malformed = ServiceError.template("Fn::Cidr requires an IPv4 block, a count from 1 to 256, and a number of bits")
        guard (2...3).contains(items.count) else { throw malformed }
        let whole = try text(items[0], in: "Fn::Cidr")
        if let unknown = unknown(.string(whole)) { return unknown }
        let block = whole.split(separator: "/")
        let count = Int(try text(items[1], in: "Fn::Cidr")) ?? 0
        let bits = items.count == 3 ? Int(try text(items[2], in: "Fn::Cidr")) ?? 0 : 8
        let numbers = block.first?.split(separator: ".").compactMap { UInt8($0) } ?? []
        guard block.count == 2, numbers.count == 4, let width = Int(block[1]), (0...32).contains(width), (1...256).contains(count),
            (1...32).contains(bits)
        else { throw malformed }
        let address = numbers.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let base = (address >> UInt64(32 - width)) << UInt64(32 - width)
        guard (UInt64(count) << UInt64(bits)) <= (UInt64(1) << UInt64(32 - width)) else { throw malformed }
        return .list(
            (0..<count).map { index in
                let first = base + (UInt64(index) << UInt64(bits))
                let text = [24, 16, 8, 0].map { String((first >> UInt64($0)) & 255) }.joined(separator: ".")
                return .string("\(text)/\(32 - bits)")
            }
        )
    }
}
