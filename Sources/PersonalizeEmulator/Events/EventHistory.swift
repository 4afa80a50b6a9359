import Streams

/// The events of one dataset: where each is, whose it is, and what is known already. Their texts are in memory or in the record log.
struct EventHistory: Sendable {
    /// Where one event is; 24 bytes.
    struct Slot: Sendable {
        enum State: UInt8, Sendable {
            case kept
            case removed
            /// The disk refused it.
            case refused
        }

        /// Of its entry in the log; segment 0 where there is no log.
        let log: FramePosition
        var memory: EventMemory.Place
        /// The event before it of the same user or session, as its number less one; −1 for none.
        var previous: Int32
        /// Its place in the entry.
        let ordinal: UInt16
        var state = State.kept
    }

    /// What a new event is known by.
    struct Marks {
        var owner: UInt64
        var contents: UInt64
        /// 0 without an id.
        var id: UInt64

        init(owner: UInt64, contents: UInt64, id: UInt64) {
            self.owner = owner
            self.contents = contents
            self.id = id
        }

        init(_ text: EventText) {
            self.init(owner: text.owner, contents: text.contents, id: text.id ?? 0)
        }
    }

    private static let pageSize = 4096

    /// By number less one. In pages, so that whoever holds a copy while events come makes one page of it be copied.
    private var pages: [ContiguousArray<Slot>] = []
    /// Pages that are gone, with all their events.
    private var pagesGone = 0
    private(set) var count = 0
    /// The newest event of each user or session.
    private var newest = HashedNumbers()
    /// Contents and ids.
    private var known = HashedNumbers()

    /// The number, less one, of the first event that may still be there.
    var start: Int { pagesGone * Self.pageSize }

    subscript(_ index: Int) -> Slot {
        get { pages[index / Self.pageSize - pagesGone][index % Self.pageSize] }
        set { pages[index / Self.pageSize - pagesGone][index % Self.pageSize] = newValue }
    }

    private func isLive(_ index: Int) -> Bool {
        index >= start && index < count && self[index].state == .kept
    }

    /// An event that has one of the marks and for which `isSame` holds.
    func first(with marks: Marks, where isSame: (Int) -> Bool) -> Int? {
        func isWanted(_ index: Int) -> Bool { isLive(index) && isSame(index) }
        return known.first(marks.contents, where: isWanted) ?? (marks.id == 0 ? nil : known.first(marks.id, where: isWanted))
    }

    mutating func append(_ marks: Marks, log: FramePosition, ordinal: UInt16, memory: EventMemory.Place) {
        let index = count
        if index / Self.pageSize - pagesGone == pages.count {
            var page = ContiguousArray<Slot>()
            page.reserveCapacity(Self.pageSize)
            pages.append(page)
        }
        let start = start
        let previous = newest.replace(marks.owner, index, isLive: { $0 >= start }) ?? -1
        pages[pages.endIndex - 1].append(Slot(log: log, memory: memory, previous: Int32(previous), ordinal: ordinal))
        count += 1
        known.add(marks.contents, index, isLive: { $0 >= start })
        if marks.id != 0 { known.add(marks.id, index, isLive: { $0 >= start }) }
    }

    /// The events of whoever has this hash, newest first, those of others that happen to have it included, down to a number.
    func indexes(of owner: UInt64, from lowest: Int) -> [Int] {
        var found: [Int] = []
        var index = newest.first(owner, where: { _ in true }) ?? -1
        while index >= max(lowest, start), index < count {
            if self[index].state == .kept { found.append(index) }
            index = Int(self[index].previous)
        }
        return found
    }

    /// Takes back what the disk refused. The newest of them leave no number behind, so that numbers are those that a restart would give.
    mutating func takeBack(_ index: Int, owner: (Int) -> UInt64?) {
        guard index >= start, index < count else { return }
        self[index].state = .refused
        while count > start, self[count - 1].state == .refused {
            let last = count - 1
            if let owner = owner(last), newest.first(owner, where: { $0 == last }) != nil {
                _ = newest.replace(owner, Int(self[last].previous), isLive: { _ in true })
            }
            pages[pages.endIndex - 1].removeLast()
            if pages[pages.endIndex - 1].isEmpty { pages.removeLast() }
            count -= 1
        }
    }

    /// Forgets the oldest pages while all of their events are gone: memory gave them up, and there is no log to read them from.
    mutating func trim(_ memory: EventMemory) {
        trim { page in page.last.map { !memory.has($0.memory) } ?? true }
    }

    /// Forgets the oldest pages while none of their events is kept. Pages between kept ones stay: older events are found through them.
    mutating func trimRemoved() {
        trim { page in page.allSatisfy { $0.state != .kept } }
    }

    private mutating func trim(while isGone: (ContiguousArray<Slot>) -> Bool) {
        let gone = pages.dropLast().prefix(while: isGone).count
        pages.removeFirst(gone)
        pagesGone += gone
    }
}
