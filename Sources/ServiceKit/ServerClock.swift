import Synchronization
package import Wire

/// The server's time: the machine's, until somebody freezes, scales or advances it. It never goes back, except to the machine's own time.
package final class ServerClock: TimeSource {
    /// How the server's time follows the machine's: `now = server + (machine now - machine) * rate`.
    package struct Setting: Sendable, Equatable {
        package var machine: Timestamp
        package var server: Timestamp
        /// Seconds of the server per second of the machine; 0 stands still.
        package var rate: Double
    }

    private let machine: any TimeSource
    private let state: Mutex<Setting>

    package init(_ machine: any TimeSource, _ setting: Setting? = nil) {
        self.machine = machine
        state = Mutex(setting ?? Setting(machine: machine.now, server: machine.now, rate: 1))
    }

    package var now: Timestamp {
        let machine = machine.now
        return state.withLock { Self.time($0, at: machine) }
    }

    package var rate: Double {
        state.withLock { $0.rate }
    }

    package var setting: Setting {
        state.withLock { $0 }
    }

    /// How far the server's time is before the machine's, in seconds.
    package var ahead: Double {
        let machine = machine.now
        return state.withLock { Double(Self.time($0, at: machine).milliseconds - machine.milliseconds) / 1000 }
    }

    /// Moves the clock and sets its pace; nil leaves the pace as it is.
    package func change(advanceBySeconds seconds: Double = 0, rate: Double? = nil) {
        let machine = machine.now
        state.withLock { setting in
            setting = Setting(
                machine: machine,
                server: Self.time(setting, at: machine).advanced(bySeconds: seconds),
                rate: rate ?? setting.rate
            )
        }
    }

    /// Back to the machine's own time.
    package func reset() {
        let machine = machine.now
        state.withLock { $0 = Setting(machine: machine, server: machine, rate: 1) }
    }

    package func set(_ setting: Setting) {
        state.withLock { $0 = setting }
    }

    private static func time(_ setting: Setting, at machine: Timestamp) -> Timestamp {
        // The machine's own time passes through as it is, for sums of fractions would not.
        if setting.rate == 1, setting.machine == setting.server { return machine }
        return setting.server.advanced(bySeconds: Double(machine.milliseconds - setting.machine.milliseconds) / 1000 * setting.rate)
    }
}

extension ServerClock.Setting {
    private static let name = "clock"

    /// What an earlier run left; nil when its clock was the machine's.
    package init?(_ settings: SettingTable) throws {
        guard let bytes = try settings[Self.name], let document = try? JSON.parse(bytes), let machine = document["machine"]?.numberIfAny,
            let server = document["server"]?.numberIfAny, let rate = document["rate"]?.numberIfAny
        else { return nil }
        self.init(machine: Timestamp(seconds: machine), server: Timestamp(seconds: server), rate: rate)
    }

    package func save(_ settings: SettingTable) throws {
        let fields: [(String, Document)] = [("machine", .timestamp(machine)), ("server", .timestamp(server)), ("rate", .double(rate))]
        try settings.set(Self.name, JSON.write(.object(Document.Fields(fields))))
    }
}
