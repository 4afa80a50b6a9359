extension Shape {
    /// A value that is not of the modelled type, in the words of AWS's own readers.
    package struct TypeMismatch: Error, Equatable {
        package var message: String
    }

    /// AWS names no more violations than this in one answer.
    package static let maximumViolations = 10

    /// Checks a document against this shape.
    ///
    /// Types come first: the first mismatch anywhere ends the check. Then every constraint is tried; `violations` gathers
    /// the clauses. What is returned holds only modelled members, with blobs decoded, timestamps read, fractions floored
    /// where an integer is meant and nulls left out, so that reading it into a typed input cannot fail.
    ///
    /// - Parameters:
    ///   - format: what the document was read from, for blobs and times differ.
    ///   - package: the Java package of the service's classes, which stand in clauses about lists of structures.
    package func check(
        _ document: Document,
        _ violations: inout [Violation],
        as format: PayloadFormat = .json,
        package: String
    ) throws(TypeMismatch) -> Document {
        var walk = ShapeWalk(format: format, package: package)
        let checked = try walk.check(document, self, at: "")
        violations = walk.violations
        return checked
    }
}

private struct ShapeWalk {
    let format: PayloadFormat
    let package: String
    var violations: [Violation] = []

    mutating func note(_ value: @autoclosure () -> String, _ path: String, _ rule: @autoclosure () -> String) {
        guard violations.count < Shape.maximumViolations else { return }
        violations.append(Violation(value: value(), path: path, rule: rule()))
    }

    mutating func check(_ document: Document, _ shape: Shape, at path: String) throws(Shape.TypeMismatch) -> Document {
        switch shape.kind {
        case .string: return try checkString(document, shape, at: path)
        case .integer: return try checkInteger(document, shape, "Integer", at: path)
        case .long: return try checkInteger(document, shape, "Long", at: path)
        case .double: return try checkDouble(document, shape, at: path)
        case .boolean: return try Coercion.boolean(document)
        case .timestamp: return try Coercion.timestamp(document, format)
        case .blob:
            let (bytes, package) = (try Coercion.blob(document, format), package)
            checkLength(bytes.count, shape, Violation.render(.bytes(bytes), package: package), at: path)
            return .bytes(bytes)
        case .list(let member): return try checkList(document, shape, member, at: path)
        case .map(let key, let value): return try checkMap(document, shape, key: key, value: value, at: path)
        case .structure(let members): return try checkStructure(document, members, at: path)
        }
    }

    private mutating func checkString(_ document: Document, _ shape: Shape, at path: String) throws(Shape.TypeMismatch) -> Document {
        let text = try Coercion.string(document)
        if let pattern = shape.pattern, isTestable(text, shape), !pattern.matches(text) {
            note("'\(text)'", path, "Member must satisfy regular expression pattern: \(pattern.text)")
        }
        if shape.minimum != nil || shape.maximum != nil {
            // Java counts UTF-16 units.
            checkLength(text.utf16.count, shape, "'\(text)'", at: path)
        }
        if !shape.values.isEmpty, !shape.values.contains(text) {
            note("'\(text)'", path, "Member must satisfy enum value set: [\(shape.values.joined(separator: ", "))]")
        }
        return .string(text)
    }

    /// A text beyond its length limit is refused for that; its pattern is not tried, for the time that would take is the caller's to choose.
    private func isTestable(_ text: String, _ shape: Shape) -> Bool {
        guard let maximum = shape.maximum else { return text.utf8.count <= 4096 }
        return Double(text.utf8.count) <= maximum * 4
    }

    private mutating func checkLength(_ count: Int, _ shape: Shape, _ value: @autoclosure () -> String, at path: String) {
        if let minimum = shape.minimum, Double(count) < minimum {
            note(value(), path, "Member must have length greater than or equal to \(Int(minimum))")
        }
        if let maximum = shape.maximum, Double(count) > maximum {
            note(value(), path, "Member must have length less than or equal to \(Int(maximum))")
        }
    }

    private mutating func checkInteger(
        _ document: Document,
        _ shape: Shape,
        _ type: String,
        at path: String
    ) throws(Shape.TypeMismatch) -> Document {
        let value = try Coercion.integer(document, type)
        checkBounds(Double(value), shape, "'\(value)'", at: path)
        return .integer(value)
    }

    private mutating func checkDouble(_ document: Document, _ shape: Shape, at path: String) throws(Shape.TypeMismatch) -> Document {
        let value = try Coercion.double(document)
        checkBounds(value, shape, "'\(JavaNumber.text(value))'", at: path)
        return .double(value)
    }

    private mutating func checkBounds(_ value: Double, _ shape: Shape, _ text: @autoclosure () -> String, at path: String) {
        if let minimum = shape.minimum, value < minimum {
            note(text(), path, "Member must have value greater than or equal to \(Violation.render(bound: minimum))")
        }
        if let maximum = shape.maximum, value > maximum {
            note(text(), path, "Member must have value less than or equal to \(Violation.render(bound: maximum))")
        }
    }

    private mutating func checkList(
        _ document: Document,
        _ shape: Shape,
        _ member: Shape,
        at path: String
    ) throws(Shape.TypeMismatch) -> Document {
        guard case .list(let items) = document else { throw Coercion.notAList(document) }
        let package = package
        var checked: [Document] = []
        checked.reserveCapacity(items.count)
        checkLength(items.count, shape, Violation.render(document, member, package: package), at: path)
        let memberRules = Violation.rules(inList: member)
        for (index, item) in items.enumerated() {
            guard item != .null else { continue }
            if memberRules == nil {
                checked.append(try check(item, member, at: "\(path).\(index + 1).member"))
            } else {
                checked.append(try Coercion.string(item).asDocument)
            }
        }
        if let memberRules, let broken = checked.first(where: { !Violation.obeys($0.text, member) }) {
            _ = broken
            note(Violation.render(document, member, package: package), path, "Member must satisfy constraint: [\(memberRules)]")
        }
        return .list(checked)
    }

    private mutating func checkMap(
        _ document: Document,
        _ shape: Shape,
        key: Shape,
        value: Shape,
        at path: String
    ) throws(Shape.TypeMismatch) -> Document {
        guard case .object(let fields) = document else { throw Coercion.notAMap(document) }
        let package = package
        var checked = Document.Fields()
        checkLength(fields.entries.count, shape, Violation.render(document, shape, package: package), at: path)
        var brokenKey = false
        var brokenValue = false
        for field in fields.entries {
            brokenKey = brokenKey || !Violation.obeys(field.name, key)
            guard field.value != .null else { continue }
            if Violation.rules(inMap: value) != nil {
                let text = try Coercion.string(field.value)
                brokenValue = brokenValue || !Violation.obeys(text, value)
                checked.append(field.name, .string(text))
            } else {
                checked.append(field.name, try check(field.value, value, at: "\(path).\(field.name).member"))
            }
        }
        if brokenKey, let rules = Violation.rules(ofKey: key) {
            note(Violation.render(document, shape, package: package), path, "Map keys must satisfy constraint: [\(rules)]")
        }
        if brokenValue, let rules = Violation.rules(inMap: value) {
            note(Violation.render(document, shape, package: package), path, "Map value must satisfy constraint: [\(rules)]")
        }
        return .object(checked)
    }

    private mutating func checkStructure(_ document: Document, _ members: [Shape.Member], at path: String) throws(Shape.TypeMismatch) -> Document {
        guard case .object(let fields) = document else { throw Coercion.notAStructure(document) }
        var checked = Document.Fields()
        checked.entries.reserveCapacity(fields.entries.count)
        for member in members {
            let memberPath = path.isEmpty ? member.name.lowerFirst : "\(path).\(member.name.lowerFirst)"
            if let value = fields[member.name], value != .null {
                checked.append(member.name, try check(value, member.shape, at: memberPath))
            } else if member.isRequired {
                note("null", memberPath, "Member must not be null")
            }
        }
        return .object(checked)
    }
}

extension String {
    fileprivate var asDocument: Document { .string(self) }

    /// How Java names a member: `StreamName` is `streamName`.
    package var lowerFirst: String {
        prefix(1).lowercased() + dropFirst()
    }
}
