extension StringProtocol {
    /// Without the blanks, tabs and ends of lines that stand around it, as files of keys and profiles are read.
    func withoutBlanks() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        let start = drop(while: isBlank)
        return String(start.reversed().drop(while: isBlank).reversed())
    }
}
