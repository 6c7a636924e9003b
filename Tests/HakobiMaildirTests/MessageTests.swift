import Glibc
import HakobiCore
import Testing

@testable import HakobiMaildir

@Suite("A mail as its handler sees it", .serialized)
struct MessageTests {
    @Test("fields are unfolded, found in any case, and kept byte for byte")
    func fields() throws {
        let text = "From host Sat\r\nSubject: one\r\n\ttwo\r\nX-A:  a \r\nx-a: b\r\nEmpty:\r\n\r\nbody: no\r\n"
        let head = MailHead(Array(text.utf8), isAll: true)
        #expect(head.headers.map(\.name) == ["Subject", "X-A", "x-a", "Empty"])
        #expect(head.first("SUBJECT")?.value == "one\ttwo")
        #expect(head.first("subject")?.rawValue == Array(" one\r\n\ttwo".utf8))
        #expect(head.headers.filter { $0.isNamed("x-a") }.map(\.value) == ["a", "b"])
        #expect(head.first("empty")?.value == "")
        #expect(head.isWhole && head.bodyStart == text.utf8.count - 10)
    }

    @Test("heads that end in other ways")
    func odd() {
        #expect(MailHead(Array("Subject: x\n".utf8), isAll: false).isWhole == false)
        #expect(MailHead(Array("Subject: x\n".utf8), isAll: true).isWhole)
        #expect(MailHead(Array("Subject: x\nno field here\n\n".utf8), isAll: true).bodyStart == 11)
        #expect(MailHead(Array("\n\n".utf8), isAll: true).bodyStart == 1)
        #expect(MailHead([], isAll: true).isWhole)
        #expect(MailHead([0xFF, 0x3A, 0x0A], isAll: true).headers.isEmpty)
    }

    @Test("8-bit, ISO-2022-JP and CR LF reach the handler as they came", .timeLimit(.minutes(1)))
    func bytes() async throws {
        let subject: [UInt8] = [0x1B, 0x24, 0x42, 0x46, 0x7C, 0x4B, 0x5C, 0x1B, 0x28, 0x42]
        let body = (0...255).map { UInt8($0) } + [0x0D, 0x0A, 0x0D, 0x0A] + subject + [0x0A, 0xE9, 0x00]
        let mail =
            Array("Subject: ".utf8) + subject + [0x0D, 0x0A] + Array("X-Latin: caf".utf8) + [
                0xE9, 0x0D, 0x0A, 0x0D, 0x0A,
            ] + body
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                try MaildirDelivery(path: maildir.path).deliver(mail)
                let job = try #require(try await store.claim(untilThereAre: 1).first)
                let message = try MailEnvelope(job.payload).open()
                #expect(message.headers.first?.rawValue == [0x20] + subject)
                #expect(message["x-latin"] == "caf\u{FFFD}")
                #expect(try message.bodyBytes(limit: 1000) == body)
                var source = message.source
                #expect(try source.read() == mail)
                #expect(try source.read() == nil)
            }
        }
    }

    @Test("the envelope is what the mail server wrote", .timeLimit(.minutes(1)))
    func envelope() async throws {
        let text = """
            Return-Path: <sender@example.org>
            X-Original-To: box+sales@example.org
            Delivered-To: box@host
            Delivered-To: box@gateway
            Message-ID: <id@example.org>
            From: liar@example.org

            body

            """
        try await TestMaildir.with { maildir in
            try await maildir.withStore { store in
                let name = try maildir.drop(text)
                let job = try #require(try await store.claim(untilThereAre: 1).first)
                let envelope = try MailEnvelope(job.payload)
                #expect(envelope.path == "\(maildir.path)/new/\(name)")
                #expect(envelope.bytes == text.utf8.count)
                #expect(envelope.returnPath == "sender@example.org")
                #expect(envelope.deliveredTo == ["box@host", "box@gateway"])
                #expect(envelope.recipient == "box+sales@example.org")
                #expect(envelope.subaddress() == "sales")
                #expect(envelope.messageID == "<id@example.org>")
                let bounce = MailEnvelope(
                    path: "", bytes: 0, head: MailHead(Array("Return-Path: <>\n".utf8), isAll: true))
                #expect(bounce.returnPath == "")
            }
        }
    }

    @Test("a large body is read piece by piece, and refused whole", .timeLimit(.minutes(1)))
    func large() async throws {
        try await TestMaildir.with { maildir in
            try maildir.make()
            let name = try maildir.drop("Subject: large\n\n")
            #expect(truncate("\(maildir.path)/new/\(name)", 40 << 20) == 0)
            let message = try MailMessage(path: "\(maildir.path)/new/\(name)")
            var (count, body) = (0, message.body)
            while let piece = try body.read() {
                #expect(piece.count <= 1 << 16)
                count += piece.count
            }
            #expect(count == message.bodyByteCount && count > 40_000_000)
            #expect(throws: MailError.self) { try message.bodyBytes(limit: 1 << 20) }
            #expect(throws: MailError.self) { try MailMessage(path: maildir.path) }
            let endless = try maildir.drop("X: " + String(repeating: "x", count: MailMessage.maxHeadBytes + 10))
            #expect(truncate("\(maildir.path)/new/\(endless)", 40 << 20) == 0)
            #expect(throws: MailError.self) { try MailMessage(path: "\(maildir.path)/new/\(endless)") }
        }
    }

    @Test("the key is the same for the same mail and recipient, and for nothing else")
    func keys() throws {
        func key(_ head: String, as file: String = "1.M1P1Q1.host") -> String? {
            let head = MailHead(Array(head.utf8), isAll: true)
            return MailEnvelope(path: "/box/new/\(file)", bytes: 1, head: head).key?.description
        }
        let plain = "Delivered-To: a@example.org\nMessage-ID: <1@example.org>\n\n"
        #expect(key(plain) == "<1@example.org> a@example.org")
        #expect(key(plain) == key(plain, as: "2.M1P1Q1.host"), "delivered twice")
        #expect(
            key("message-id:\r\n\t<1@example.org>\r\nDelivered-To:\r\n a@example.org\r\n\r\n") == key(plain), "folded")
        #expect(key("Delivered-To: b@example.org\nMessage-ID: <1@example.org>\n\n") != key(plain), "another recipient")
        #expect(
            key("X-Original-To: b@example.org\n" + plain) == "<1@example.org> b@example.org",
            "the address before aliases")
        #expect(key("Message-ID: <1@example.org>\n\n") == "<1@example.org> ", "nobody wrote whom it is for")
        // Without one each file is a mail.
        let long = "Message-ID: <" + String(repeating: "x", count: 300) + ">\n\n"
        for head in ["Subject: x\n\n", "Message-ID:\n\n", "Message-ID: \t \nDelivered-To: a@example.org\n\n", long] {
            #expect(key(head) == "1.M1P1Q1.host" && key(head, as: "2.M1P1Q1.host") == "2.M1P1Q1.host", "\(head)")
        }
    }
}
