import HakobiCore
import Testing

@Suite("Names")
struct NameTests {
    @Test("kinds take 1 to 100 bytes")
    func kindLength() throws {
        #expect(try Kind(String(repeating: "k", count: 100)).description.utf8.count == 100)
        #expect(throws: InvalidName.self) { try Kind("") }
        #expect(throws: InvalidName.self) { try Kind(String(repeating: "k", count: 101)) }
        // 34 characters of three bytes each are too many bytes.
        #expect(throws: InvalidName.self) { try Kind(String(repeating: "運", count: 34)) }
    }

    @Test("kinds hold no control characters", arguments: ["a\u{0}", "a\nb", "\u{1B}[31m", "\u{7F}", "\u{9B}31m", "\t"])
    func kindControls(_ text: String) { #expect(throws: InvalidName.self) { try Kind(text) } }

    @Test("kinds hold anything else", arguments: ["send-welcome", "運び", "it's \"quoted\"; --", " ", "a%b_c"])
    func kindText(_ text: String) throws { #expect(try Kind(text).description == text) }

    @Test("queue names take 1 to 64 characters of A-Z a-z 0-9 _ - . : /")
    func queueNames() throws {
        let all = "ABCXYZabcxyz0189_-.:/"
        #expect(try QueueName(all).description == all)
        #expect(try QueueName(String(repeating: "q", count: 64)).description.count == 64)
        #expect(throws: InvalidName.self) { try QueueName(String(repeating: "q", count: 65)) }
        #expect(throws: InvalidName.self) { try QueueName("") }
    }

    @Test(
        "queue names hold nothing else",
        arguments: ["a b", "ü", "a*", "a,b", "a=1", "a\\b", "a'b", "a?b", "é", "ａ"])
    func oddQueueNames(_ text: String) {
        let refusal = #expect(throws: InvalidName.self) { try QueueName(text) }
        #expect(refusal?.description.contains("A-Z a-z 0-9 _ - . : /") != false)
    }

    @Test("queue names hold no control characters", arguments: ["a\nb", "\u{0}", "\u{7F}"])
    func queueControls(_ text: String) { #expect(throws: InvalidName.self) { try QueueName(text) } }

    @Test("keys take 1 to 255 bytes without NUL")
    func keys() throws {
        #expect(try JobKey(String(repeating: "k", count: 255)).description.utf8.count == 255)
        #expect(try JobKey("line\nbreak\t").description == "line\nbreak\t")
        for text in ["", String(repeating: "k", count: 256), String(repeating: "é", count: 128), "a\u{0}b"] {
            #expect(throws: InvalidName.self) { try JobKey(text) }
        }
    }

    @Test("kinds and keys are compared byte by byte")
    func bytes() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed == decomposed, "Swift's strings call them equal; that is the trap")
        #expect(try Kind(composed) != Kind(decomposed))
        #expect(try JobKey(composed) != JobKey(decomposed))
        #expect(try Set([JobKey(composed), JobKey(decomposed), JobKey(composed)]).count == 2)
        #expect(try Kind(composed) == Kind(composed))
    }

    @Test("a refusal says what was wrong and what would be right")
    func sentences() {
        let long = #expect(throws: InvalidName.self) { try Kind(String(repeating: "k", count: 101)) }
        #expect(long?.description == "a kind has at most 100 bytes; this one has 101")
        let odd = #expect(throws: InvalidName.self) { try QueueName("a b") }
        #expect(odd?.description == "queue name \"a b\" holds \" \": use A-Z a-z 0-9 _ - . : / only")
    }

    @Test("an owner survives its stored form, and other texts are no owners")
    func owners() {
        let owner = Owner(node: "alpha", boot: "b-1", incarnation: "i-1")
        #expect(Owner(owner.description) == owner)
        for text in ["", "a b", "a b c d"] { #expect(Owner(text) == nil) }
    }
}
