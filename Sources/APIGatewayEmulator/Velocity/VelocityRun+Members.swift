import Wire

/// Properties and methods: those of Java's texts, lists and maps, and what the service gives.
extension VelocityRun {
    func property(_ name: String, of value: VelocityValue) throws(VelocityFault) -> VelocityValue {
        switch value {
        case .map(let map):
            if let found = map[name] { return found }
            return name == "empty" ? .boolean(map.entries.isEmpty) : .null
        case .list(let list): return name == "empty" ? .boolean(list.items.isEmpty) : .null
        case .text(let text): return name == "empty" ? .boolean(text.isEmpty) : .null
        case .tool(.loop(let index, let count)):
            switch name {
            case "index": return .integer(Int64(index))
            case "count": return .integer(Int64(index + 1))
            case "hasNext": return .boolean(index + 1 < count)
            case "first": return .boolean(index == 0)
            case "last": return .boolean(index + 1 == count)
            default: return .null
            }
        case .tool(.input): return name == "body" ? try made(input.body.isEmpty ? "{}" : input.body) : .null
        case .tool(.entry(let key, let box)): return name == "key" ? .text(key) : name == "value" ? box.value : .null
        default: return .null
        }
    }

    func call(_ name: String, _ arguments: [VelocityValue], of value: VelocityValue) throws(VelocityFault) -> VelocityValue {
        switch value {
        case .null: return .null
        case .tool(.input): return try inputMethod(name, arguments)
        case .tool(.util): return try utility(name, arguments)
        case .tool(.entry(let key, let box)): return name == "getKey" ? .text(key) : name == "getValue" ? box.value : .null
        case .tool(.loop): return name == "hasNext" ? try property(name, of: value) : .null
        case .text(let text): return try textMethod(name, text, arguments)
        case .list(let list): return try listMethod(name, list, arguments)
        case .map(let map): return try mapMethod(name, map, arguments)
        case .integer, .double, .boolean:
            switch name {
            case "toString": return try made(try print(value))
            case "equals": return .boolean(try value.equals(arguments.first ?? .null, &budget))
            case "intValue", "longValue": return value.number.flatMap { Int64(exactly: $0.rounded(.towardZero)) }.map { .integer($0) } ?? .null
            case "doubleValue", "floatValue": return value.number.map { .double($0) } ?? .null
            case "parseInt", "parseLong", "parseDouble": return try textMethod(name, "", arguments)
            default: return .null
            }
        }
    }

    // MARK: $input and $util

    private func inputMethod(_ name: String, _ arguments: [VelocityValue]) throws(VelocityFault) -> VelocityValue {
        switch name {
        case "json", "path":
            let path = try JSONPath(try print(arguments.first ?? .text("$")))
            let found = try path.find(in: try json(), self)
            guard name == "json" else { return found ?? .null }
            guard let found else { return .text("\"\"") }
            return try made(JSON.text(try found.document(&budget)))
        case "params":
            guard let argument = arguments.first else {
                if let parameters { return parameters }
                let map = VelocityValue.map(
                    VelocityMap(
                        [("path", try self.map(input.path)), ("querystring", try self.map(input.query)), ("header", try self.map(input.headers))],
                        heap
                    )
                )
                parameters = map
                return map
            }
            let wanted = try print(argument)
            for place in [input.path, input.query, input.headers] {
                if let found = place.last(where: { $0.name == wanted }) { return .text(found.value) }
            }
            // Headers are found whatever their case.
            let lowered = wanted.lowercased()
            return input.headers.last { $0.name.lowercased() == lowered }.map { .text($0.value) } ?? .null
        default: return .null
        }
    }

    private func map(_ pairs: [(name: String, value: String)]) throws(VelocityFault) -> VelocityValue {
        for pair in pairs { try spend(pair.name.utf8.count + 64) }
        return .map(VelocityMap(pairs.map { ($0.name, .text($0.value)) }, heap))
    }

    private func utility(_ name: String, _ arguments: [VelocityValue]) throws(VelocityFault) -> VelocityValue {
        guard let argument = arguments.first, !argument.isNull else { return .null }
        let text = try print(argument)
        switch name {
        case "base64Encode": return try made(Base64.encode(Array(text.utf8)))
        case "base64Decode":
            guard let bytes = try? Base64.decode(text) else { throw VelocityFault("base64Decode was given what is no base64") }
            return try made(String(decoding: bytes, as: UTF8.self))
        case "escapeJavaScript": return try made(Self.escaped(text))
        case "urlEncode": return try made(Self.urlEncoded(text))
        case "urlDecode": return try made(Percent.decode(text, plusIsBlank: true) ?? text)
        case "parseJson":
            guard let parsed = try? JSON.parse(text) else { throw VelocityFault("parseJson was given what is no JSON") }
            return try read(parsed)
        default: return .null
        }
    }

    /// As commons-lang's `escapeJavaScript` does it.
    static func escaped(_ text: String) -> String {
        var output = ""
        for unit in text.utf16 {
            switch unit {
            case 0x08: output += "\\b"
            case 0x09: output += "\\t"
            case 0x0A: output += "\\n"
            case 0x0C: output += "\\f"
            case 0x0D: output += "\\r"
            case 0x22, 0x27, 0x2F, 0x5C:
                output += "\\"
                output.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            case 0x20...0x7E: output.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                output += "\\u" + unit.padded(to: 4, radix: 16, uppercase: true)
            }
        }
        return output
    }

    /// As Java's `URLEncoder` does it.
    static func urlEncoded(_ text: String) -> String {
        Percent.encode(text).replacing("%20", with: "+").replacing("%2A", with: "*").replacing("~", with: "%7E")
    }

    // MARK: Java's classes

    private func integer(_ values: [VelocityValue], _ index: Int) -> Int? {
        guard values.indices.contains(index), case .integer(let number) = values[index] else { return nil }
        return Int(exactly: number)
    }

    private func text(_ values: [VelocityValue], _ index: Int) throws(VelocityFault) -> String {
        values.indices.contains(index) ? try print(values[index]) : ""
    }

    /// Positions are of UTF-16, as Java counts.
    private func textMethod(_ name: String, _ text: String, _ arguments: [VelocityValue]) throws(VelocityFault) -> VelocityValue {
        let first = try self.text(arguments, 0)
        try spend(text.utf8.count &+ first.utf8.count)
        switch name {
        case "length", "size": return .integer(Int64(text.utf16.count))
        case "isEmpty": return .boolean(text.isEmpty)
        case "toString": return .text(text)
        case "equals": return .boolean(try VelocityValue.text(text).equals(arguments.first ?? .null, &budget))
        case "equalsIgnoreCase": return .boolean(text.lowercased() == first.lowercased())
        case "contains": return .boolean(TextSearch(Array(first.utf8)).first(in: Array(text.utf8)) != nil)
        case "startsWith": return .boolean(text.utf8.starts(with: first.utf8))
        case "endsWith": return .boolean(text.utf8.reversed().starts(with: first.utf8.reversed()))
        case "trim": return try made(Self.trimmed(text))
        case "toUpperCase": return try made(text.uppercased())
        case "toLowerCase": return try made(text.lowercased())
        case "concat": return try made(text + first)
        case "indexOf", "lastIndexOf":
            let search = TextSearch(Array(first.utf16))
            let units = Array(text.utf16)
            return .integer(Int64((name == "indexOf" ? search.first(in: units) : search.last(in: units)) ?? -1))
        case "charAt":
            let units = Array(text.utf16)
            guard let place = integer(arguments, 0), units.indices.contains(place) else { throw VelocityFault("charAt is beyond the text") }
            return .text(String(decoding: [units[place]], as: UTF16.self))
        case "substring":
            let units = Array(text.utf16)
            let end = integer(arguments, 1) ?? units.count
            guard let start = integer(arguments, 0), 0 <= start, start <= end, end <= units.count else {
                throw VelocityFault("substring is beyond the text")
            }
            return try made(String(decoding: units[start..<end], as: UTF16.self))
        case "replace":
            guard !first.isEmpty else { return .text(text) }
            let with = try self.text(arguments, 1)
            let (bytes, wanted, new) = (Array(text.utf8), Array(first.utf8), Array(with.utf8))
            let places = TextSearch(wanted).apart(in: bytes)
            try spend(places.count &* (new.count &+ 8))
            var (output, start): ([UInt8], Int) = ([], 0)
            for place in places {
                output += bytes[start..<place] + new
                start = place + wanted.count
            }
            return try made(String(decoding: output + bytes[start...], as: UTF8.self))
        case "replaceAll", "replaceFirst", "split", "matches": return try patternMethod(name, text, first, try self.text(arguments, 1))
        case "parseInt", "parseLong": return Int64(first).map { .integer($0) } ?? .null
        case "parseDouble": return Double(first).map { .double($0) } ?? .null
        default: return .null
        }
    }

    private static func trimmed(_ text: String) -> String {
        let units = Array(text.unicodeScalars)
        guard let start = units.firstIndex(where: { $0.value > 0x20 }), let end = units.lastIndex(where: { $0.value > 0x20 }) else { return "" }
        var output = String.UnicodeScalarView()
        output.append(contentsOf: units[start...end])
        return String(output)
    }

    /// Methods that take a regular expression. Where parts of a text are found, the expression has to be a literal: what finds whole texts in linear
    /// time does not say where parts of them are.
    private func patternMethod(_ name: String, _ text: String, _ pattern: String, _ with: String) throws(VelocityFault) -> VelocityValue {
        guard pattern.utf8.count <= 1000 else { throw VelocityFault("An expression has more than 1000 bytes") }
        if name == "matches" {
            guard let compiled = try? LinearPattern(pattern) else { throw VelocityFault("The expression \(pattern) is not understood") }
            try spend((text.utf8.count &+ 1) &* max(1, compiled.cost))
            return .boolean(compiled.matchesWhole(text))
        }
        let literal = try VelocityPattern(pattern)
        try spend((text.utf8.count &+ 1) &* max(1, pattern.utf8.count))
        switch name {
        case "split": return try self.list(try literal.split(text, &budget).map { .text($0) })
        case "replaceFirst": return try made(literal.replace(text, with, first: true))
        default:
            try spend((text.utf8.count + 1) &* min(with.utf8.count, 1 << 20))
            return try made(literal.replace(text, with, first: false))
        }
    }

    private func listMethod(_ name: String, _ list: VelocityList, _ arguments: [VelocityValue]) throws(VelocityFault) -> VelocityValue {
        switch name {
        case "size": return .integer(Int64(list.items.count))
        case "isEmpty": return .boolean(list.items.isEmpty)
        case "get":
            guard let place = integer(arguments, 0), list.items.indices.contains(place) else { return .null }
            return list.items[place]
        case "add":
            try spend(16)
            list.items.append(arguments.last ?? .null)
            return .boolean(true)
        case "addAll":
            guard case .list(let other)? = arguments.first else { return .boolean(false) }
            try spend(other.items.count &* 16)
            list.items += other.items
            return .boolean(true)
        case "set":
            guard let place = integer(arguments, 0), list.items.indices.contains(place), arguments.count == 2 else { return .null }
            defer { list.items[place] = arguments[1] }
            return list.items[place]
        case "remove":
            guard let place = integer(arguments, 0), list.items.indices.contains(place) else { return .boolean(false) }
            try spend(list.items.count)
            return list.items.remove(at: place)
        case "contains", "indexOf":
            for (place, item) in list.items.enumerated() where try item.equals(arguments.first ?? .null, &budget) {
                return name == "contains" ? .boolean(true) : .integer(Int64(place))
            }
            return name == "contains" ? .boolean(false) : .integer(-1)
        case "toString": return try made(try print(.list(list)))
        default: return .null
        }
    }

    private func mapMethod(_ name: String, _ map: VelocityMap, _ arguments: [VelocityValue]) throws(VelocityFault) -> VelocityValue {
        let key = try text(arguments, 0)
        switch name {
        case "size": return .integer(Int64(map.entries.count))
        case "isEmpty": return .boolean(map.entries.isEmpty)
        case "get": return map[key] ?? .null
        case "getOrDefault": return map[key] ?? arguments.last ?? .null
        case "containsKey": return .boolean(map[key] != nil)
        case "put":
            try spend(key.utf8.count + 32)
            defer { map[key] = arguments.count > 1 ? arguments[1] : .null }
            return map[key] ?? .null
        case "putAll":
            guard case .map(let other)? = arguments.first else { return .null }
            for entry in other.entries {
                try spend(entry.key.utf8.count + 32)
                map[entry.key] = entry.value
            }
            return .null
        case "remove":
            defer { map[key] = nil }
            try spend(map.entries.count &* 32)
            return map[key] ?? .null
        case "keySet":
            try spend(map.entries.count &* 32)
            return try self.list(map.entries.map { .text($0.key) })
        case "values":
            try spend(map.entries.count &* 32)
            return try self.list(map.entries.map(\.value))
        case "entrySet":
            try spend(map.entries.count &* 64)
            return try self.list(map.entries.map { .tool(.entry($0.key, VelocityTool.Box($0.value, heap))) })
        case "toString": return try made(try print(.map(map)))
        default: return .null
        }
    }
}
