internal import Hakobi
internal import HakobiCore

/// Stores that are `MemoryStore` but for one fault each, proof that the checks of `StoreConformance` can fail.
public enum StoreMutants {
    /// One broken twin.
    public struct Mutant: Sendable, CustomStringConvertible {
        /// The fault, as a sentence; unique.
        public let name: String
        private let clock: @Sendable (ManualClock) -> StoreClock
        private let maxPayloadBytes: Int
        private let bend: @Sendable (inout Twin) -> Void

        /// A twin with bent calls.
        init(_ name: String, _ bend: @escaping @Sendable (inout Twin) -> Void) {
            self.init(name, maxPayloadBytes: Defaults.maxPayloadBytes, clock: { $0.storeClock }, bend: bend)
        }

        /// A twin whose base is made wrong.
        init(
            _ name: String, maxPayloadBytes: Int = Defaults.maxPayloadBytes,
            clock: @escaping @Sendable (ManualClock) -> StoreClock
        ) {
            self.init(name, maxPayloadBytes: maxPayloadBytes, clock: clock) { _ in }
        }

        private init(
            _ name: String, maxPayloadBytes: Int, clock: @escaping @Sendable (ManualClock) -> StoreClock,
            bend: @escaping @Sendable (inout Twin) -> Void
        ) {
            self.name = name
            self.clock = clock
            self.maxPayloadBytes = maxPayloadBytes
            self.bend = bend
        }

        /// The fault.
        public var description: String { name }

        /// A fresh broken store for one check.
        public func fixture() -> StoreFixture {
            let time = ManualClock()
            var twin = Twin(MemoryStore(clock: clock(time), maxPayloadBytes: maxPayloadBytes))
            bend(&twin)
            let store = TwinStore(twin: twin)
            return StoreFixture(store, wakeUps: store, clock: time)
        }
    }

    /// All broken twins, by topic.
    public static let all: [Mutant] = [
        insertion, keys, claiming, queues, leases, settling, outcomes, history, suspects, rescue, editing, reading,
        registry, time,
    ].flatMap { $0 }
}
