import Testing

@testable import EventBridgeEmulator
@testable import ServiceKit
@testable import Wire

@Suite struct EventPatternTests {
    private static let text = """
        {"source":"app.orders","detail-type":"Order Placed","resources":["a","b"],"detail":{"state":"NEW","price":12.5,"count":3,"note":null,
        "who":{"name":"Ann","tags":["x","y"]},"lines":[{"sku":"s1"},{"sku":"s2"}],"paid":true,"empty":[]}}
        """
    private static let event = (try? JSON.parse(Array(text.utf8))) ?? .null

    @Test(arguments: [
        (#"{"source":["app.orders"]}"#, true), (#"{"source":["other","app.orders"],"detail":{"state":["NEW"]}}"#, true),
        (#"{"source":["app.orders"],"detail":{"state":["OLD"]}}"#, false), (#"{"resources":["b"]}"#, true), (#"{"resources":["c"]}"#, false),
        (#"{"detail":{"count":[3.0]}}"#, true), (#"{"detail":{"note":[null]}}"#, true), (#"{"detail":{"paid":[true]}}"#, true),
        (#"{"detail":{"paid":["true"]}}"#, false),
        (#"{"detail":{"who":{"name":[{"prefix":"An"}]}}}"#, true), (#"{"detail":{"who":{"name":[{"prefix":{"equals-ignore-case":"aN"}}]}}}"#, true),
        (#"{"detail":{"who":{"name":[{"suffix":"nn"}]}}}"#, true), (#"{"detail":{"who":{"name":[{"equals-ignore-case":"ANN"}]}}}"#, true),
        (#"{"detail":{"state":[{"anything-but":"OLD"}]}}"#, true), (#"{"detail":{"state":[{"anything-but":["OLD","NEW"]}]}}"#, false),
        (#"{"detail":{"state":[{"anything-but":{"prefix":"N"}}]}}"#, false), (#"{"detail":{"gone":[{"anything-but":"x"}]}}"#, false),
        (#"{"detail":{"price":[{"numeric":[">",12,"<=",12.5]}]}}"#, true), (#"{"detail":{"price":[{"numeric":["<",12]}]}}"#, false),
        (#"{"detail":{"gone":[{"exists":false}]}}"#, true), (#"{"detail":{"state":[{"exists":false}]}}"#, false),
        (#"{"detail":{"state":[{"exists":true}]}}"#, true),
        (#"{"detail":{"who":[{"exists":true}]}}"#, false), (#"{"gone":{"x":[{"exists":false}]}}"#, true),
        (#"{"detail":{"empty":[{"exists":false}]}}"#, true),
        (#"{"source":[{"wildcard":"app.*"}]}"#, true), (#"{"source":[{"wildcard":"*.ord*s"}]}"#, true), (#"{"source":[{"wildcard":"ord*"}]}"#, false),
        (#"{"detail":{"lines":{"sku":["s2"]}}}"#, true), (#"{"detail":{"lines":{"sku":["s3"]}}}"#, false),
        (#"{"detail":{"who":{"tags":["y"]}}}"#, true),
        (#"{"detail-type":["Order Placed"],"detail":{"state":["X",{"prefix":"NE"}]}}"#, true),
    ])
    func `events match by their members`(pattern: String, matches: Bool) throws {
        #expect(try EventPattern(pattern).matches(Self.event) == matches)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"a":"b"}"#, #"{"a":[]}"#, #"{"a":{}}"#, #"{"a":[["b"]]}"#, #"{"a":[{"what":1}]}"#, #"{"a":[{"prefix":1}]}"#,
        #"{"a":[{"numeric":[">"]}]}"#,
        #"{"a":[{"numeric":["~",1]}]}"#, #"{"a":[{"exists":1}]}"#, #"{"a":[{"prefix":"x","suffix":"y"}]}"#, #"{"$or":[{"a":["b"]}]}"#,
        #"{"a":[{"cidr":"10.0.0.0/8"}]}"#,
        String(repeating: #"{"a":"#, count: 60) + "[1]" + String(repeating: "}", count: 60),
    ])
    func `what is no pattern is refused`(text: String) {
        #expect(throws: EventPattern.Fault.self) { try EventPattern(text) }
    }

    private func payload(_ target: [(name: String, value: Document?)]) -> String {
        String(decoding: TargetInput.payload(.members(target), Self.event, rule: "arn:aws:events:r:1:rule/orders") ?? [], as: UTF8.self)
    }

    @Test func `what a template makes is bounded`() {
        let event = Document.members([("detail", .string(String(repeating: "x", count: 100_000)))])
        let paths = Document.members([("a", .string("$.detail"))])
        for (count, isThere) in [(10, true), (11, false), (2000, false)] {
            let template = Document.string("\"" + String(repeating: "<a>", count: count) + "\"")
            let target = Document.members([("InputTransformer", .members([("InputPathsMap", paths), ("InputTemplate", template)]))])
            #expect((TargetInput.payload(target, event, rule: "arn:aws:events:r:1:rule/x") != nil) == isThere)
        }
    }

    @Test func `targets get what they ask for`() {
        #expect(payload([("Input", .string(#"{"a":1}"#))]) == #"{"a":1}"#)
        #expect(payload([("InputPath", .string("$.detail.lines[1].sku"))]) == #""s2""#)
        #expect(payload([("InputPath", .string("$.none"))]) == "null")
        #expect(payload([]).contains(#""source":"app.orders""#))
        let paths = Document.members([("who", .string("$.detail.who.name")), ("lines", .string("$.detail.lines")), ("gone", .string("$.gone"))])
        let template = #"{"text":"<who> of <aws.events.rule-name>, \"<gone>\"","lines":<lines>,"gone":<gone>,"less":"a < b"}"#
        let transformer = Document.members([("InputPathsMap", paths), ("InputTemplate", .string(template))])
        #expect(
            payload([("InputTransformer", transformer)])
                == #"{"text":"Ann of orders, \"\"","lines":[{"sku":"s1"},{"sku":"s2"}],"gone":null,"less":"a < b"}"#
        )
        for wrong in ["", "detail", "$.", "$..a", "$.a[x]", "$.a[-1]", "$.a[1", "$.*"] { #expect(EventPath(wrong) == nil) }
    }
}
