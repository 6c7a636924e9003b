import CPostgres
import Glibc
import Testing

@testable import HakobiPostgres

/// Takes connections and never says a word.
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
