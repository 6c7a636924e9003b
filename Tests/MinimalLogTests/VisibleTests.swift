import Foundation
import Logging
import MinimalLog
import Testing

@Suite("Nothing hidden")
struct VisibleTests {
    @Test("No text can begin a line, move the cursor or turn the reading")
    func injection() {
        let attack =
            "ok\n2011-06-10T17:41:59 [INFO] forged at a.swift line 1\r\u{1b}[2K\u{1b}]0;title\u{7}\u{8}"
            + "\u{0}\u{7f}\u{85}\u{9b}31m\u{2028}\u{2029}\u{202e}\u{2066}\u{200f}\u{61c}\u{feff}\u{e0041}"
        for format in MinimalLog.Format.allCases {
            let lines = logged({
                $0.format = format
                $0.subject = attack
            }) {
                infof("\(attack)")
                infof("%s", attack)
                infof(attack)
                Logger(label: "a") { MinimalLogHandler(label: $0) }
                    .info(
                        "\(attack)",
                        metadata: ["\(attack)": "\(attack)", "list": ["\(attack)"], "map": ["\(attack)": "1"]])
            }
            for line in lines {
                #expect(
                    line.unicodeScalars.filter(isDangerous).count == 1 && line.hasSuffix("\n"),
                    "\(line.debugDescription)")
            }
        }
    }

    @Test("Every control character, one by one")
    func each() {
        for value in Array(0...0x1F) + Array(0x7F...0x9F) as [UInt32] {
            let scalar = Unicode.Scalar(value)!
            let written = [9: "\\t", 10: "\\n", 13: "\\r"][value] ?? "\\u{\(String(value, radix: 16))}"
            let lines = logged { infof("a\(scalar)b", file: "a", line: 1) }
            #expect(lines == ["2011-06-10T17:41:59 [INFO] a\(written)b at a line 1\n"])
        }
    }

    @Test("Text of all the world passes")
    func passes() {
        for text in ["長い道", "né", "👩‍👩‍👧", "می‌خواهم", "\\n as typed", "100%"] {
            #expect(logged { infof(text, file: "a", line: 1) } == ["2011-06-10T17:41:59 [INFO] \(text) at a line 1\n"])
        }
    }

    @Test("Bytes that are no UTF-8 are shown one by one")
    func broken() {
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x28, 0xE3, 0x81, 0x1B, 0xC0, 0x80, 0xE3, 0x81, 0x82]
        let lines = logged { infof("%s", bytes, file: "a", line: 1) }
        #expect(lines == ["2011-06-10T17:41:59 [INFO] a\\xff\\xc3(\\xe3\\x81\\u{1b}\\xc0\\x80あ at a line 1\n"])
        #expect(logged { infof(Data(bytes), file: "a", line: 1) } == lines)
        #expect(logged { infof(Set<UInt8>([97])) }[0].contains(" [97] at"))
    }

    private func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .lineSeparator
            || scalar.properties.generalCategory == .paragraphSeparator || scalar.properties.isBidiControl
            || scalar.value == 0xFEFF || (0xE0000...0xE007F).contains(scalar.value)
    }
}
