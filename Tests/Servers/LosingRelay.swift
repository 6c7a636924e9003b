import Foundation
import Glibc
import Synchronization

/// Stands between a program and its server, and loses an answer when told to: as when a server, or the way to it, goes away
/// between a commit and the moment at which somebody reads of it.
package final class LosingRelay: Sendable {
    /// What tells the answer that is to be lost.
    package enum Mark: Sendable {
        /// It holds these words.
        case answer(String)
        /// It is to a request that holds these words.
        case request(String)
    }

    package let port: Int
    private let listener: Int32
    private let mark = Mutex<Mark?>(nil)

    /// Nothing is to be lost any more.
    package var hasLost: Bool { mark.withLock { $0 == nil } }

    /// The next such answer, and the connection with it.
    package func lose(_ mark: Mark) { self.mark.withLock { $0 = mark } }

    /// `url` is of a server on this host, with its port; `url(_:)` leads here instead.
    package init(before url: String) throws {
        guard let target = Self.port(in: url) else { throw Keeper.Trouble(description: "\(url) has no port") }
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound, listen(listener, 8) == 0 else { throw Keeper.Trouble(description: "no port for a relay") }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { [weak self] in Self.relay(client, to: target) { self?.meets($0, $1) ?? false }
                }
            }
        }
    }

    deinit {
        // What waits in `accept` returns.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The same server by way of this.
    package func url(_ url: String) -> String {
        Self.port(in: url).map { url.replacing(":\($0)/", with: ":\(port)/") } ?? url
    }

    private static func port(in url: String) -> Int? {
        url.firstMatch(of: /127\.0\.0\.1:(\d+)\//).flatMap { Int($0.1) }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        return address
    }

    // MARK: One connection

    private enum Side { case client, server }

    private func meets(_ bytes: ArraySlice<UInt8>, _ side: Side) -> Bool {
        mark.withLock { mark in
            let words: String
            switch (mark, side) {
            case (.answer(let text), .server), (.request(let text), .client): words = text
            default: return false
            }
            guard bytes.contains(Array(words.utf8)) else { return false }
            mark = nil
            return true
        }
    }

    private static func relay(_ client: Int32, to port: Int, _ meets: (ArraySlice<UInt8>, Side) -> Bool) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { for end in [client, server] { close(end) } }
        var address = loopback(port)
        let isThere = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        var isLosing = !isThere
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var ends = [pollfd(fd: client, events: Int16(POLLIN), revents: 0)]
            ends.append(pollfd(fd: server, events: Int16(POLLIN), revents: 0))
            // What was asked is done once the server is silent.
            guard poll(&ends, 2, isLosing ? 100 : -1) > 0 else { return }
            for (end, side) in zip(ends, [Side.client, .server]) where end.revents != 0 {
                let count = read(end.fd, &buffer, buffer.count)
                guard count > 0 else { return }
                if meets(buffer[..<count], side) { isLosing = true }
                if side == .server, isLosing { continue }
                var sent = 0
                while sent < count {
                    let went = buffer[sent..<count].withUnsafeBytes {
                        send(side == .client ? server : client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard went > 0 else { return }
                    sent += went
                }
            }
        }
    }
}
