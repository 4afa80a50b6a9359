/// A way from a document to one of its parts, by names of members and indices of elements.
package struct DocumentPath: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case member(String)
        case element(Int)
    }

    package var steps: [Step]

    package init(_ steps: [Step]) {
        self.steps = steps
    }

    /// Nil when there is nothing of that path; a member that is null is there.
    package func find(in document: Document) -> Document? {
        var found = document
        for step in steps {
            switch (step, found) {
            case (.member(let name), .object(let fields)):
                guard let next = fields[name] else { return nil }
                found = next
            case (.element(let index), .list(let items)):
                guard items.indices.contains(index) else { return nil }
                found = items[index]
            default: return nil
            }
        }
        return found
    }
}
