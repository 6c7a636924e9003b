import HakobiCore

/// Why a text was not accepted, as the end of a sentence: "not a duration: write …".
struct Unreadable: Error, Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Text to value: one function a kind of value, each with a refusal that says what would be right.
enum Reading {
    static func count(_ text: String, from lowest: Int = 0) throws(Unreadable) -> Int {
        guard let number = Int(text) else { throw Unreadable("not a whole number") }
        guard number >= lowest else { throw Unreadable("must be \(lowest) or more") }
        return number
    }

    static func yes(_ text: String) throws(Unreadable) -> Bool {
        switch text.lowercased() {
        case "1", "true", "yes", "on": true
        case "0", "false", "no", "off", "": false
        default: throw Unreadable("neither yes nor no")
        }
    }

    static func choice(_ text: String, of words: [String]) throws(Unreadable) -> String {
        if words.contains(text) { return text }
        let hint = Spelling.nearest(to: text, among: words).map { "did you mean \"\($0)\"? It" } ?? "it"
        throw Unreadable("unknown: \(hint) is one of \(words.joined(separator: ", "))")
    }

    static func queue(_ text: String) throws(Unreadable) -> QueueName {
        do throws(InvalidName) { return try QueueName(text) } catch { throw Unreadable(error.description) }
    }

    static func kind(_ text: String) throws(Unreadable) -> Kind {
        do throws(InvalidName) { return try Kind(text) } catch { throw Unreadable(error.description) }
    }

    static func key(_ text: String) throws(Unreadable) -> JobKey {
        do throws(InvalidName) { return try JobKey(text) } catch { throw Unreadable(error.description) }
    }

    static func jobID(_ text: String) throws(Unreadable) -> JobID {
        guard let id = JobID(text) else {
            throw Unreadable("not a job id: it has 32 hexadecimal digits, as enqueue prints it")
        }
        return id
    }
}
