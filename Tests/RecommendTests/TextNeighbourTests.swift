import Testing

@testable import Recommend

struct TextNeighbourTests {
    @Test(arguments: [(7, 5), (8, 1000)])
    func `the neighbours are those of the naive twin`(seed: UInt64, kept: Int) throws {
        let features = ColdItemTests.features(300, seed: seed, classes: 20, words: true)
        var settings = NeighbourSettings()
        settings.kept = kept
        let model = try #require(Neighbours(features, settings: settings))
        for item in 0..<features.count {
            // Sums of floats in another order may differ in the last place: the likeness must agree, and the order wherever it truly differs.
            let likeness = Dictionary(
                uniqueKeysWithValues: ColdItemTests.naive(features, item, among: (0..<300).filter { $0 != item }, kept: 300).map {
                    ($0.thing, $0.likeness)
                }
            )
            let found = Array(model.of(Int32(item)))
            #expect(found.count == min(kept, likeness.count) && Set(found).isSubset(of: likeness.keys))
            let values = found.map { likeness[$0] ?? 0 }
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 * (1 - 1e-5) })
            let last = values.last ?? 0
            #expect(likeness.allSatisfy { found.contains($0.key) || $0.value <= last * (1 + 1e-5) })
        }
    }

    @Test func `any number of threads gives the same rows, and the count stops when told to`() throws {
        let features = ColdItemTests.features(500, seed: 3, classes: 20, words: true)
        let before = Threads.count
        defer { Threads.count = before }
        let models = try [1, 2, 5].map { threads in
            Threads.count = threads
            return try #require(Neighbours(features, settings: NeighbourSettings()))
        }
        #expect(models.allSatisfy { $0.neighbours == models[0].neighbours && $0.rowStarts == models[0].rowStarts })
        #expect(Neighbours(features, settings: NeighbourSettings()) { _ in false } == nil)
    }
}
