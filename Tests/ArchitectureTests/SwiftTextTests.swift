import Testing

/// The instrument is checked before it judges others.
@Suite("Taking Swift apart")
struct SwiftTextTests {
    @Test("Comments and the insides of strings vanish, lines stay")
    func blanks() {
        let text = SwiftText("let a = \"try! // no\" // try!\nlet b = 1 /* try!\n/* try! */ */ + 2\n")
        #expect(text.code.count == text.lines.count)
        #expect(!text.code.joined().contains("try!"))
        #expect(text.uncommented[0].contains("try! // no"))
        #expect(!text.uncommented[1].contains("try!"))
        #expect(text.code[2].contains("+ 2"))
    }

    @Test("Interpolated code stays, even with strings of its own")
    func interpolation() {
        let text = SwiftText(#"let a = "x \(try! f("y)")) z"; let b = g()"#)
        #expect(text.code[0].contains("try! f("))
        #expect(!text.code[0].contains("z"))
        #expect(text.code[0].contains("let b = g()"))
    }

    @Test("Raw and multi-line strings end where they end")
    func rawStrings() {
        let text = SwiftText("let a = #\"try! \" \\(x) \"#; f()\nlet b = \"\"\"\n  try! \" \\(try? y)\n  \"\"\"; g()")
        #expect(text.code[0].contains("f()"))
        #expect(!text.code[0].contains("try!"))
        #expect(!text.code[2].contains("try!"))
        #expect(text.code[2].contains("try? y"))
        #expect(text.code[3].contains("g()"))
    }
}
