import MinimalLog
import Testing

@Suite("Values in one line")
struct DumpTests {
    struct User {
        let name: String
        let id: Int
        var tags: [String]? = ["a", "b"]
    }

    struct Money: CustomStringConvertible {
        let amount: Int
        var description: String { "¥\(amount)" }
    }

    class Base { let id = 1 }
    final class Derived: Base {
        let name = "d"
        var me: Base?
    }

    enum Shape { case dot, circle(Double), box(width: Int, height: Int) }

    struct Login {
        let user = "bob"
        let password = "hunter2"
        let apiKey = "k"
        let card = MinimalLog.Secret("4111")
    }

    @Test("What it looks like")
    func looks() {
        #expect(ddf("a\r\n'b'") == "a\r\n'b'")
        #expect(ddf(["b": 2, "a": 1]) == "{'a' => 1,'b' => 2}")
        #expect(ddf(["it's", "a\\b"]) == "['it\\'s','a\\\\b']")
        #expect(ddf([3: ["x": [1, 2]]] as [Int: Any]) == "{3 => {'x' => [1,2]}}")
        #expect(ddf(nil) == "nil" && ddf(42) == "42" && ddf(true) == "true" && ddf(Int?.some(3)) == "3")
        #expect(ddf(User(name: "bob", id: 1)) == "User {'id' => 1,'name' => 'bob','tags' => ['a','b']}")
        #expect(ddf([Money(amount: 5)]) == "[¥5]")
        #expect(ddf(Set([3, 1, 2])) == "[1,2,3]" && ddf((1, "a")) == "[1,'a']")
        #expect(ddf(Shape.dot) == "dot" && ddf(Shape.circle(1.5)) == "circle(1.5)")
        #expect(ddf(Shape.box(width: 1, height: 2)) == "box([1,2])")
        #expect(ddf(Derived()) == "Derived {'id' => 1,'me' => nil,'name' => 'd'}")
    }

    @Test("Secrets stay away, by marker and by name")
    func secrets() {
        #expect(
            ddf(Login())
                == "Login {'apiKey' => [redacted],'card' => [redacted],'password' => [redacted],'user' => 'bob'}")
        #expect(ddf(["Access-Token": "x", "ok": "y"]) == "{'Access-Token' => [redacted],'ok' => 'y'}")
        let secret = MinimalLog.Secret("4111")
        #expect("\(secret)" == "[redacted]" && String(reflecting: secret) == "[redacted]" && secret.value == "4111")
        let lines = logged {
            infof("%s", secret)
            infof(secret)
            infof("\(secret)")
            infof("%s", Login())
        }
        #expect(lines.prefix(3).allSatisfy { $0.contains("[redacted]") } && !lines.prefix(3).joined().contains("4111"))
        #expect(!lines[3].contains("4111"))
    }

    @Test("Depth and size have limits, for a ring as well")
    func limits() {
        let ring = Derived()
        ring.me = ring
        #expect(ddf(ring).utf8.count < 1000 && ddf(ring).contains("…"))
        ring.me = nil
        #expect(ddf(Array(0..<1000)).hasSuffix(",99,…+900]"))
        let wide = Array(repeating: Array(repeating: "word word word", count: 100), count: 100)
        #expect(ddf(wide).utf8.count < 4500)
        #expect(ddf([String(repeating: "長", count: 10_000)]).utf8.count < 4200)
        MinimalLog.with {
            $0.dump.depth = 1
        } run: {
            #expect(ddf([[[1]]]) == "[[…]]")
        }
    }

    @Test("Verbs dump what is asked for, and describe the rest")
    func verbs() {
        let lines = logged {
            $0.dumpsValues = true
        } _: {
            infof(["b": 2, "a": 1], file: "a", line: 1)
            infof("%s of %s", Money(amount: 5), User(name: "x", id: 2, tags: nil), file: "a", line: 2)
            infof("%.1f", 200, file: "a", line: 3)
        }
        #expect(
            lines == [
                "2011-06-10T17:41:59 [INFO] {'a' => 1,'b' => 2} at a line 1\n",
                "2011-06-10T17:41:59 [INFO] ¥5 of User {'id' => 2,'name' => 'x','tags' => nil} at a line 2\n",
                "2011-06-10T17:41:59 [INFO] 200.0 at a line 3\n",
            ])
    }
}
