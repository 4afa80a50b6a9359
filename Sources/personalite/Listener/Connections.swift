import NIOCore
import ServiceKit
import Synchronization

/// The connections that are open, so that shutting the listener can speak to each.
final class Connections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isClosing = false
        var whenEmpty: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// False when the listener is closing and the connection must not live.
    func add(_ channel: any Channel) -> Bool {
        let isWelcome = state.withLock { state in
            if !state.isClosing { state.open[ObjectIdentifier(channel)] = channel }
            return !state.isClosing
        }
        if isWelcome {
            channel.closeFuture.whenComplete { _ in self.remove(channel) }
        }
        return isWelcome
    }

    private func remove(_ channel: any Channel) {
        let waiting = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = nil
            guard state.open.isEmpty else { return [@Sendable () -> Void]() }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        for action in waiting { action() }
    }

    /// Runs `action` once, when the last of the connections has closed.
    func whenEmpty(_ action: @escaping @Sendable () -> Void) {
        let isEmpty = state.withLock { state in
            if !state.open.isEmpty { state.whenEmpty.append(action) }
            return state.open.isEmpty
        }
        if isEmpty { action() }
    }

    /// Asks every connection to finish what it owes, closes by force those that have not after `grace`, and returns when none is left.
    func close(grace: TimeAmount, on loop: any EventLoop) -> EventLoopFuture<Void> {
        let open = state.withLock { state in
            state.isClosing = true
            return Array(state.open.values)
        }
        for channel in open {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        }
        let force = loop.scheduleTask(in: grace) {
            for channel in open { channel.close(promise: nil) }
        }
        return EventLoopFuture.andAllComplete(open.map(\.closeFuture), on: loop).map { force.cancel() }
    }
}
