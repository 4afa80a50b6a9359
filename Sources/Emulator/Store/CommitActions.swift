/// What memory is told once a transaction has been committed, in the order in which it was registered; nothing of it when the
/// transaction is rolled back.
///
/// Lives inside one transaction, on the thread that runs it.
package final class CommitActions {
    private var actions: [() -> Void] = []

    package init() {}

    package func add(_ action: @escaping () -> Void) {
        actions.append(action)
    }

    /// Carries out what was registered. Called once, by whoever committed the transaction.
    package func run() {
        for action in actions { action() }
    }
}
