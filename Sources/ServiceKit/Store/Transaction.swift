package import SQLite

/// Proof that a transaction is committed. Only the store makes one, and it cannot be copied or kept: what is served can be changed by
/// whoever holds it, which nobody does inside a transaction.
package struct Committed: ~Copyable {
    fileprivate init() {}
}

/// One transaction: its tables, and what follows once it is committed.
///
/// Lives no longer than the transaction, on the thread that runs it.
package final class Transaction {
    package let database: Database
    private let ids: RowIDs
    private var actions: [(borrowing Committed) -> Void] = []

    package init(_ database: Database, _ ids: RowIDs) {
        self.database = database
        self.ids = ids
    }

    /// Registers what follows the commit, in the order of registration; it never follows a rollback.
    ///
    /// Actions run before any other transaction begins, so memory hears of commits in their order. They must not ask the store.
    package func afterCommit(_ action: @escaping (borrowing Committed) -> Void) {
        actions.append(action)
    }

    /// An id for a new row. It is given to no other row of the table, even when this transaction is rolled back.
    package func newID(of table: RowIDs.Table) -> Int64 {
        ids.next(table)
    }

    /// Called once, by the store, when the transaction is committed.
    func didCommit() {
        let committed = Committed()
        for action in actions { action(committed) }
    }
}
