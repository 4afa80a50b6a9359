import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct StoryTests {
    @Test func `an event changes that user's next answer and nobody else's`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let tracker = try harness.makeTracker()
        try harness.importInteractions(PersonalizeHarness.walks())
        let campaign = try harness.deploy("aws-user-personalization")
        let before = try harness.recommendations(campaign, user: "u1")
        let other = try harness.recommendations(campaign, user: "u2")
        try harness.ask(
            "/events",
            #"{"trackingId":"\#(tracker)","userId":"u1","sessionId":"s","eventList":[{"eventType":"watch","itemId":"i3","sentAt":1700000000}]}"#
        )
        let after = try harness.recommendations(campaign, user: "u1")
        #expect(after != before)
        #expect(Set(after).intersection(["i4", "i5"]).isEmpty == false)
        #expect(try harness.recommendations(campaign, user: "u2") == other)
    }

    @Test func `the scores of the whole attributeIndex sum to one`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        let campaign = try harness.deploy("aws-user-personalization")
        let answer = try harness.ask("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"u1","numResults":500}"#)
        let scores = answer.required("itemList").items.map { $0.required("score").number }
        #expect(scores.count == 40)
        #expect(abs(scores.reduce(0, +) - 1) < 1e-5)
        #expect(scores == scores.sorted(by: >))
    }

    @Test func `an unknown user is personalised by the first events`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let tracker = try harness.makeTracker()
        try harness.importInteractions(PersonalizeHarness.walks())
        let campaign = try harness.deploy("aws-user-personalization")
        let before = try harness.recommendations(campaign, user: "stranger")
        try harness.ask(
            "/events",
            #"{"trackingId":"\#(tracker)","sessionId":"stranger","eventList":[{"eventType":"watch","itemId":"i3","sentAt":1700000000}]}"#
        )
        #expect(try harness.recommendations(campaign, user: "stranger") != before)
    }

    @Test func `the same event twice counts once`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let tracker = try harness.makeTracker()
        let event =
            #"{"trackingId":"\#(tracker)","userId":"u","sessionId":"s","eventList":[{"eventType":"watch","itemId":"i","sentAt":1,"eventId":"e"}]}"#
        try harness.ask("/events", event)
        try harness.ask("/events", event)
        let dataset = try #require(try harness.service.resources(harness.call()) { try $0.find(PersonalizeHarness.dataset) as Resource<Dataset>? })
        #expect(try harness.eventStore.all(dataset: dataset.id).count == 1)
    }

    @Test func `every recipe answers`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        let popular = try harness.deploy("aws-popularity-count", name: "popular")
        #expect(try harness.recommendations(popular, user: "u1") == harness.recommendations(popular, user: "u2"))
        let sims = try harness.deploy("aws-sims", name: "sims")
        let similar = try harness.ask("/recommendations", #"{"campaignArn":"\#(sims)","itemId":"i3"}"#).required("itemList").items
        #expect(similar.isEmpty == false)
        #expect(similar.allSatisfy { $0["score"] == nil && $0.required("itemId").text != "i3" })
        let ranking = try harness.deploy("aws-personalized-ranking", name: "ranking")
        let ranked = try harness.ask("/personalize-ranking", #"{"campaignArn":"\#(ranking)","userId":"u1","inputList":["i1","nobody","i2"]}"#)
            .required("personalizedRanking").items
        #expect(ranked.count == 3)
        #expect(ranked.last?.required("itemId").text == "nobody")
        #expect(ranked.last?["score"] == nil)
        #expect(harness.refusal("/recommendations", #"{"campaignArn":"\#(ranking)","userId":"u1"}"#)?.code == "InvalidInputException")
    }

    @Test func `metrics are there when training is done`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.importInteractions(PersonalizeHarness.walks())
        _ = try harness.deploy("aws-user-personalization")
        let versions = try harness.ask("ListSolutionVersions", "{}").required("solutionVersions").items
        let arn = try #require(versions.first).required("solutionVersionArn").text
        let metrics = try harness.ask("GetSolutionMetrics", #"{"solutionVersionArn":"\#(arn)"}"#).required("metrics").dictionary(\.number)
        #expect(
            Set(metrics.keys) == [
                "coverage", "mean_reciprocal_rank_at_25", "normalized_discounted_cumulative_gain_at_5",
                "normalized_discounted_cumulative_gain_at_10", "normalized_discounted_cumulative_gain_at_25", "precision_at_5", "precision_at_10",
                "precision_at_25",
            ]
        )
    }
}
