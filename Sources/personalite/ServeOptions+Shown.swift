import Emulator

extension ServeOptions {
    /// Every option with its value and where that came from, for whoever looks at the running server.
    var shownSettings: [ShownSetting] {
        ServeOption.all.map { option in
            let given = given[option.name]
            let isSecret = Self.secrets.contains(option.name)
            let value = given.map { isSecret ? "set, and not shown" : $0.text } ?? option.byDefault ?? (option.placeholder == nil ? "off" : nil)
            return ShownSetting(name: option.name, value: value, origin: given?.source ?? "default", help: option.help)
        }
    }

    /// What lets others in.
    private static let secrets: Set<String> = ["keys", "control-token"]
}
