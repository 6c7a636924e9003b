import Foundation
import MinimalLog
import Testing

@Suite("Formats")
struct PrintfTests {
    private func text(_ format: String, _ a: Any?, _ b: Any? = MinimalLog.absent) -> String {
        let line = logged { infof(format, a, b) }[0]
        return String(
            line.components(separatedBy: "[INFO] ").dropFirst().joined().components(separatedBy: " at Printf")[0])
    }

    @Test(
        "What C does with them",
        arguments: [
            ("%d", 5, "5"), ("%5d|", 42, "   42|"), ("%-5d|", 42, "42   |"), ("%05d", -42, "-0042"), ("%+d", 7, "+7"),
            ("%x", 255, "ff"),
            ("%#X", 255, "0XFF"), ("%08b", 5, "00000101"), ("%o", 8, "10"), ("%lld", 9, "9"), ("%c", 65, "A"),
            ("%u", 3, "3"),
        ])
    func whole(format: String, number: Int, expected: String) { #expect(text(format, number) == expected) }

    @Test("Fractions and text")
    func others() {
        #expect(
            text("%.2f", 3.14159) == "3.14" && text("%08.3f", -2.5) == "-002.500" && text("%f", 200) == "200.000000")
        #expect(
            text("%e", 12345.678) == "1.234568e+04" && text("%g", 0.0001) == "0.0001" && text("%f", Double.nan) == "nan"
        )
        #expect(
            text("%s|%10s|", "a", "é") == "a|         é|" && text("%-4s|", "ab") == "ab  |"
                && text("%.2s", "abcd") == "ab")
        #expect(
            text("%d", 3.9) == "3" && text("%d", "12") == "12" && text("%s", 1.5) == "1.5" && text("%@", [1]) == "[1]")
        #expect(text("%d%%", 50) == "50%" && text("%d", UInt64.max) == "18446744073709551615")
        #expect(text("%s and %s", Int?.none, Int?.some(1)) == "nil and 1")
    }

    @Test("A format never fails and never reads what is not there")
    func wrong() {
        #expect(
            text("%d %d", 1) == "1 %d" && text("%d", 1, 2) == "1 (left over: 2)"
                && text("none", 1) == "none (left over: 1)")
        #expect(text("%d", "many") == "many" && text("%y %d", 1) == "%y 1" && text("%", 1) == "% (left over: 1)")
        #expect(
            text("%n%n%s", "a") == "%n%na" && text("%999999999d", 1).count == 1000
                && text("%.999999999f", 1.0).count < 1100)
        #expect(text("%f", Double.greatestFiniteMagnitude).count == 316)
    }
}
