import Testing
import Wire

@testable import APIGatewayEmulator

/// Bodies against models.
@Suite struct SchemaTests {
    private static let pet = #"""
        {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["name"], "additionalProperties": false,
         "definitions": {"tag": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5}},
         "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer", "minimum": 0, "maximum": 30, "exclusiveMaximum": true},
           "kind": {"enum": ["cat", "dog"]}, "tags": {"type": "array", "items": {"$ref": "#/definitions/tag"}, "uniqueItems": true, "maxItems": 2},
           "owner": {"oneOf": [{"type": "null"}, {"$ref": "#/definitions/tag"}]}}}
        """#

    @Test(arguments: [
        (#"{"name":"a"}"#, true), (#"{"name":""}"#, false), (#"{}"#, false), (#"{"name":"a","age":3}"#, true), (#"{"name":"a","age":30}"#, false),
        (#"{"name":"a","age":1.5}"#, false), (#"{"name":"a","more":1}"#, false), (#"{"name":"a","kind":"cow"}"#, false),
        (#"{"name":"a","tags":["x","y"]}"#, true), (#"{"name":"a","tags":["x","x"]}"#, false), (#"{"name":"a","tags":["X"]}"#, false),
        (#"{"name":"a","tags":["a","b","c"]}"#, false), (#"{"name":"a","owner":null}"#, true), (#"{"name":"a","owner":7}"#, false), ("[]", false),
    ])
    func `draft 4`(body: String, isAccepted: Bool) throws {
        #expect(try JSONSchema(JSON.parse(Self.pet)).accepts(JSON.parse(body)) == isAccepted)
    }

    @Test(arguments: [
        (#"{"if": {}}"#, "the keyword if is not carried out"),
        (#"{"$ref": "https://apigateway.amazonaws.com/x"}"#, "the $ref https://apigateway.amazonaws.com/x is not carried out"),
        (#"{"type": "thing"}"#, "type is none that there is"), (#"{"properties": {"a": {"pattern": "(?=x)"}}}"#, nil),
    ])
    func `what is not carried out is refused by name`(schema: String, reason: String?) throws {
        let document = try JSON.parse(schema)
        let error = #expect(throws: JSONSchema.Fault.self) { try JSONSchema(document) }
        if let reason { #expect(error?.reason == reason) }
    }

    @Test func `a schema that calls itself ends`() throws {
        let schema = try JSONSchema(JSON.parse(##"{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}"##))
        #expect(!schema.accepts(.integer(1)))
    }
}
