/// What becomes of each property of each type, for docs/fidelity-cloudformation.md.
package enum TypeFidelity {
    package static var markdown: String {
        var text = "| type | carried out | recorded | refused | replaced when changed | attributes |\n|---|---|---|---|---|---|\n"
        for type in ResourceTypes.all.values.sorted(by: { $0.name < $1.name }) {
            let carried = type.isRecord ? [] : type.carried
            let recorded = type.isRecord ? type.carried : type.recorded
            let cells = [carried, recorded, type.refused, type.createOnly, type.attributes].map { $0.sorted().joined(separator: ", ") }
            text += "| \(type.name) | \(cells.joined(separator: " | ")) |\n"
        }
        return text
    }
}
