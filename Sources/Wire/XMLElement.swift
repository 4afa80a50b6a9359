/// One element of a small XML document: its children in order, or its text.
package struct XMLElement: Sendable, Equatable {
    /// Without a namespace prefix.
    package var name: String
    package var children: [XMLElement]
    /// All character data directly inside, joined.
    package var text: String

    package init(name: String, children: [XMLElement] = [], text: String = "") {
        self.name = name
        self.children = children
        self.text = text
    }

    /// Reads a whole document.
    package init(
        parsing bytes: [UInt8],
        maximumDepth: Int = XMLReader.maximumDepth,
        maximumElements: Int = 100_000
    ) throws(XMLFault) {
        var reader = XMLReader(bytes, maximumDepth: maximumDepth)
        var path: [XMLElement] = []
        var seen = 0
        while let token = try reader.next() {
            switch token {
            case .begin(let name):
                seen += 1
                guard seen <= maximumElements else { throw XMLFault("more than \(maximumElements) elements", at: reader.offset) }
                path.append(XMLElement(name: name))
            case .text(let text):
                path[path.count - 1].text += text
            case .end:
                let element = path.removeLast()
                guard !path.isEmpty else {
                    try reader.expectEnd()
                    self = element
                    return
                }
                path[path.count - 1].children.append(element)
            }
        }
        throw XMLFault("no element", at: reader.offset)
    }

    /// The first child of that name.
    package subscript(name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    /// Every child of that name, in order.
    package func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name == name }
    }
}
