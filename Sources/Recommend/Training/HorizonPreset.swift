/// How far ahead the order of events tells anything. A film watched after its trailer is a matter of the next event, ratings given in one
/// sitting of the next dozen; which of them a data set is, a validation cut says.
enum HorizonPreset: CaseIterable, Sendable {
    case next
    case near
    case far

    func apply(to settings: inout FamilySettings) {
        switch self {
        case .next: break
        case .near:
            settings.successors.gapDecay = 3
            settings.successors.historyDecay = 3
            settings.successors.strength = 0.8
            settings.logLinear.horizon = 2
            settings.logLinear.targets = 8
        case .far:
            settings.successors.gapDecay = 5
            settings.successors.historyDecay = 4
            settings.successors.strength = 0.6
            settings.logLinear.decays = [2, 20]
            settings.logLinear.starts = [0.5, 0.1]
            settings.logLinear.horizon = 4
            settings.logLinear.targets = 12
            // Many targets a position teach in one epoch what few do in four.
            settings.logLinear.epochs = 1
            settings.logLinear.rate = 0.05
            settings.logLinear.priorDiscount = 0
        }
    }
}
