import Foundation
import Glibc

/// As much of a server as says which one it is, and lets everybody in.
final class OldServer: Sendable {
    let port: Int
    private let listener: Int32

    init(version: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isThere = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 5) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isThere else { throw Client.Failure(words: "no port") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread {
            while case let peer = accept(listener, nil, nil), peer >= 0 {
                Self.welcome(peer, version)
                close(peer)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The greeting of protocol 10, whatever the client answers, and "OK"; then until the client goes.
    private static func welcome(_ peer: Int32, _ version: String) {
        // A session's number, half a salt, what the server can (4.1's protocol, secure passwords, a plug-in's name),
        // a character set, a state, and the rest of the salt.
        let capabilities: UInt32 = 0x0008_8208
        var greeting: [UInt8] = [10] + Array(version.utf8) + [0, 1, 0, 0, 0] + Array("abcdefgh".utf8) + [0]
        greeting += [UInt8(truncatingIfNeeded: capabilities), UInt8(truncatingIfNeeded: capabilities >> 8), 45, 2, 0]
        greeting += [UInt8(truncatingIfNeeded: capabilities >> 16), UInt8(truncatingIfNeeded: capabilities >> 24), 21]
        greeting += Array(repeating: 0, count: 10) + Array("ijklmnopqrst".utf8) + [0]
        greeting += Array("mysql_native_password".utf8) + [0]
        send(peer, greeting, number: 0)
        var answer = [UInt8](repeating: 0, count: 4096)
        guard read(peer, &answer, answer.count) > 0 else { return }
        send(peer, [0, 0, 0, 2, 0, 0, 0], number: 2)
        while read(peer, &answer, answer.count) > 0 {}
    }

    private static func send(_ peer: Int32, _ packet: [UInt8], number: UInt8) {
        let bytes = [UInt8(packet.count & 255), UInt8(packet.count >> 8), 0, number] + packet
        _ = write(peer, bytes, bytes.count)
    }
}
