import ServiceKit

/// What a filter expression says, before anybody asked whether its fields exist.
///
///     filter     := expression { "|" expression }
///     expression := ("INCLUDE" | "EXCLUDE") element "WHERE" condition { ("AND" | "OR") condition } [ "IF" condition { "AND" condition } ]
///     element    := "ItemID" | "UserID" | "ActionID"
///     condition  := dataset "." name operator operand
///     operator   := "IN" | "NOT" "IN" | "=" | "!=" | "<" | "<=" | ">" | ">="
///     operand    := "(" value { "," value } ")" | value | "CurrentItem" "." name
///     value      := text | number | "$" name | "*"
///
/// Keywords, datasets and fields are read without regard to case; parameters are not. AND binds tighter than OR.
package struct FilterExpression: Sendable, Equatable {
    package enum Element: String, Sendable, CaseIterable {
        case item = "ItemID"
        case user = "UserID"
        case action = "ActionID"
    }

    package var isInclude: Bool
    package var element: Element
    /// Holds when all conditions of one of these groups hold.
    package var conditions: [[FilterCondition]]
    /// What must hold of the current user for the expression to count at all.
    package var guards: [FilterCondition]
    package var position: Int
}

package struct FilterCondition: Sendable, Equatable {
    package enum Operator: String, Sendable, CaseIterable {
        case isIn = "IN"
        case isNotIn = "NOT IN"
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    package var field: FilterField
    package var comparison: Operator
    package var operand: FilterOperand
    /// Where its operand begins.
    package var operandPosition: Int
}

/// `dataset.name` as it was written.
package struct FilterField: Sendable, Equatable {
    package var dataset: String
    package var name: String
    package var position: Int
}

package enum FilterOperand: Sendable, Equatable {
    case values([FilterValue])
    /// The value that a field of the item in question has.
    case currentItem(FilterField)
}

package enum FilterValue: Sendable, Equatable, Hashable {
    case text(String)
    /// A number as it was written.
    case number(String)
    case parameter(String)
    /// `*`: every event type.
    case any
}
