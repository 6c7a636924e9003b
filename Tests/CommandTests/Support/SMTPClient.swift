import Foundation
import Glibc

/// Speaks SMTP to a server on the loopback: many mails over one connection, many recipients a mail. Blocks.
final class SMTPClient {
    struct Trouble: Error, CustomStringConvertible { let description: String }

    /// Two streams on one socket: one for both directions may be turned round only where seeking is possible.
    private let input: UnsafeMutablePointer<FILE>
    private let output: UnsafeMutablePointer<FILE>

    /// A connection for as long as `body` needs it, on a thread that may wait: the pool's are for all other tests as well.
    static func with(port: Int, _ body: @escaping @Sendable (SMTPClient) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let client = try SMTPClient(port: port)
                        try body(client)
                        try client.say("QUIT", 221)
                    })
            }
        }
    }

    private init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected, let input = fdopen(dup(descriptor), "r"), let output = fdopen(descriptor, "w") else {
            throw Trouble(description: "no server at \(port)")
        }
        (self.input, self.output) = (input, output)
        try expect(220)
        try say("EHLO localhost", 250)
    }

    deinit {
        fclose(input)
        fclose(output)
    }

    /// Hands over one mail for all recipients. Lines end in LF here and in CR LF on the way.
    func send(from sender: String, to recipients: [String], _ mail: [UInt8]) throws {
        try say("MAIL FROM:<\(sender)> BODY=8BITMIME", 250)
        for recipient in recipients { try say("RCPT TO:<\(recipient)>", 250) }
        try say("DATA", 354)
        var bytes: [UInt8] = []
        for line in mail.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast(mail.last == 0x0A ? 1 : 0) {
            if line.first == UInt8(ascii: ".") { bytes.append(UInt8(ascii: ".")) }
            bytes += line + [0x0D, 0x0A]
        }
        write(bytes)
        try say(".", 250)
    }

    private func say(_ line: String, _ code: Int) throws {
        write(Array("\(line)\r\n".utf8))
        fflush(output)
        try expect(code)
    }

    private func write(_ bytes: [UInt8]) { _ = fwrite(bytes, 1, bytes.count, output) }

    private func expect(_ code: Int) throws {
        var line = [CChar](repeating: 0, count: 1024)
        repeat {
            guard fgets(&line, 1024, input) != nil else { throw Trouble(description: "the server has gone") }
        } while line[3] == CChar(UInt8(ascii: "-"))
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard text.hasPrefix("\(code)") else { throw Trouble(description: text) }
    }
}
