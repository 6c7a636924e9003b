import Foundation
import Synchronization

/// Another host, as far as the network can tell: a network namespace with a cable to the tests' own. Takes root and `ip`.
package final class FarHost: Sendable {
    /// The namespace.
    package let name: String
    /// The tests' own host as seen from there.
    package let home: String
    private let card: String

    private static let count = Atomic(0)
    private static let ip = "/usr/sbin/ip"

    /// What is in the way of such hosts on this machine; `nil`: nothing.
    package static let obstacle: String? = {
        guard geteuid() == 0 else { return "a network namespace takes root" }
        do {
            let host = try FarHost()
            defer { host.remove() }
            try host.reset()
            try host.mend()
            try host.block(percent: 1)
            return nil
        } catch {
            return "\(error)"
        }
    }()

    package init() throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        let own = Int(getpid())
        name = "hakobi\(own)n\(number)"
        card = "hk\(own)n\(number)"
        // A network of four addresses for each host of each test process.
        let network = "10.213.\((own / 64 + number / 64) % 256).\((own % 64 + number) % 64 * 4)"
        let base = network.split(separator: ".").dropLast().joined(separator: ".")
        let last = Int(network.split(separator: ".").last ?? "0") ?? 0
        home = "\(base).\(last + 1)"
        try Self.run("netns", "add", name)
        do {
            try Self.run("link", "add", card, "type", "veth", "peer", "name", "cable", "netns", name)
            try Self.run("address", "add", "\(home)/30", "dev", card)
            try Self.run("link", "set", card, "up")
            try Self.run("-n", name, "address", "add", "\(base).\(last + 2)/30", "dev", "cable")
            try Self.run("-n", name, "link", "set", "lo", "up")
            try Self.run("-n", name, "link", "set", "cable", "up")
        } catch {
            remove()
            throw error
        }
    }

    /// Before the words of a program that is to run there.
    package var wrapper: [String] { [Self.ip, "netns", "exec", name] }

    /// The cable is pulled, or put back.
    package func unplug() throws { try Self.run("-n", name, "link", "set", "cable", "down") }
    package func plug() throws { try Self.run("-n", name, "link", "set", "cable", "up") }

    /// Whatever goes home is thrown away on the way out, or no longer.
    package func loseRoute() throws { try Self.run("-n", name, "route", "add", "blackhole", "\(home)/32") }
    package func findRoute() throws { try Self.run("-n", name, "route", "del", "blackhole", "\(home)/32") }

    /// Packets vanish in both directions: that many in a hundred.
    package func block(percent: Int = 100) throws {
        let verdict = percent < 100 ? "numgen random mod 100 < \(percent) drop" : "drop"
        try filter(["out": ("output", "ip daddr \(home) \(verdict)"), "in": ("input", "ip saddr \(home) \(verdict)")])
    }

    /// Whatever is sent home is answered by a reset.
    package func reset() throws {
        try filter(["out": ("output", "ip daddr \(home) meta l4proto tcp reject with tcp reset")])
    }

    /// The network is as it was.
    package func mend() throws { try nft("delete table ip faults") }

    private func filter(_ chains: [String: (hook: String, rule: String)]) throws {
        let text = chains.map { "chain \($0) { type filter hook \($1.hook) priority 0; \($1.rule); }" }
        try nft("table ip faults { \(text.joined(separator: "; ")); }")
    }

    private func nft(_ words: String) throws {
        _ = try Keeper.run(wrapper + ["/usr/sbin/nft", words])
    }

    private static func run(_ words: String...) throws { _ = try Keeper.run([ip] + words) }

    /// The cable and the namespace go; whatever still runs there stays without a network.
    package func remove() {
        for words in [["link", "del", card], ["netns", "del", name]] {
            do { _ = try Keeper.run([Self.ip] + words) } catch { print("\(name): \(error)") }
        }
    }
}
