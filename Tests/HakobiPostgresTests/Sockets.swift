import CPostgres
import Foundation
import Glibc
import Testing

@testable import HakobiPostgres

/// Takes connections and never says a word, unless it is told what to say.
final class MuteServer: Sendable {
    private let descriptor: Int32
    let port: Int

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound && listen(descriptor, 8) == 0)
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Whoever comes first is answered with this, whatever is asked, and kept until they go.
    func answer(_ bytes: [UInt8]) {
        let descriptor = descriptor
        Thread.detachNewThread {
            let peer = accept(descriptor, nil, nil)
            defer { close(peer) }
            var question = [UInt8](repeating: 0, count: 1000)
            guard read(peer, &question, question.count) > 0 else { return }
            _ = write(peer, bytes, bytes.count)
            while read(peer, &question, question.count) > 0 {}
        }
    }

    /// The greeting of a server of this version: no password, what clients are told unasked, ready.
    static func greeting(version: String) -> [UInt8] {
        let facts = [
            ("server_version", version), ("default_transaction_read_only", "off"), ("in_hot_standby", "off"),
        ]
        let told = facts.flatMap { name, value -> [UInt8] in
            let text = Array(name.utf8) + [0] + Array(value.utf8) + [0]
            return [0x53, 0, 0, 0, UInt8(text.count + 4)] + text
        }
        return [0x52, 0, 0, 0, 8, 0, 0, 0, 0] + told + [0x5A, 0, 0, 0, 5, 0x49]
    }

    deinit { close(descriptor) }
}

func socketOf(_ connection: Connection) -> Int32 { PQsocket(connection.handle) }

/// A socket's option, as a number.
func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) throws -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(4)
    try #require(getsockopt(descriptor, level, name, &value, &length) == 0)
    return value
}
