import Synchronization

/// Thrown to whoever opens something through a context whose job, or whose `scope`, has ended: nobody would close it.
public struct ScopeIsOver: Error, Sendable, CustomStringConvertible {
    /// What was wrong, and what would be right.
    public let description =
        "the job, or its scope, is over: open things through a context before its handler returns"

    init() {}
}

/// What was opened for a job, or for a part of it, and how to close it: the last opened first, each once.
final class JobScope: Sendable {
    /// Two names of different types, or of resources of different types, are different.
    private struct Key: Hashable, Sendable {
        let type: ObjectIdentifier
        let nameType: ObjectIdentifier
        let name: any Hashable & Sendable

        init(_ type: Any.Type, _ name: any Hashable & Sendable) {
            self.type = ObjectIdentifier(type)
            // Numbers of different types, but of the same value, are equal as `AnyHashable`.
            nameType = ObjectIdentifier(Swift.type(of: name))
            self.name = name
        }

        static func == (left: Key, right: Key) -> Bool {
            left.type == right.type && left.nameType == right.nameType
                && AnyHashable(left.name) == AnyHashable(right.name)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(type)
            hasher.combine(AnyHashable(name))
        }
    }

    private enum Slot: Sendable {
        /// Somebody opens it; others who want it wait.
        case opening([CheckedContinuation<Void, Never>])
        case open(any Sendable)
    }

    private enum Turn: Sendable {
        case found(any Sendable)
        case mine
        case others
        case over
    }

    private struct Closer: Sendable {
        let key: Key?
        let close: @Sendable () async throws -> Void
    }

    private struct State {
        var closers: [Closer] = []
        var slots: [Key: Slot] = [:]
        var isOver = false
    }

    private let outer: JobScope?
    private let state: Mutex<State>

    /// A scope within `outer`; one that `isOver` opens nothing.
    init(in outer: JobScope? = nil, isOver: Bool = false) {
        self.outer = outer
        state = Mutex(State(isOver: isOver))
    }

    /// Keeps `close` for the end; `false` when the end has been.
    func add(_ close: @escaping @Sendable () async throws -> Void) -> Bool {
        state.withLock { state in
            if !state.isOver { state.closers.append(Closer(key: nil, close: close)) }
            return !state.isOver
        }
    }

    /// The resource of that name, here or further out; opened here when there is none.
    func resource<Resource: Sendable>(
        _ name: any Hashable & Sendable, open: () async throws -> Resource,
        close: @escaping @Sendable (Resource) async throws -> Void
    ) async throws -> Resource {
        let key = Key(Resource.self, name)
        while true {
            switch turn(key) {
            // The type is a part of the key, so the cast cannot fail.
            case .found(let found): if let resource = found as? Resource { return resource }
            case .mine: return try await make(key, open, close)
            case .others: await opened(key)
            case .over: throw ScopeIsOver()
            }
        }
    }

    /// Closes all, also what closers themselves open meanwhile; from then on nothing can be opened.
    func close(_ failed: (any Error) -> Void) async {
        while let close = takeLast() {
            do { try await close() } catch { failed(error) }
        }
    }

    private func takeLast() -> (@Sendable () async throws -> Void)? {
        state.withLock { state in
            guard let closer = state.closers.popLast() else {
                state.isOver = true
                return nil
            }
            // Nobody may get it from here on.
            if let key = closer.key { state.slots[key] = nil }
            return closer.close
        }
    }

    private func turn(_ key: Key) -> Turn {
        if let found = outer?.found(key) { return .found(found) }
        return state.withLock { state in
            switch state.slots[key] {
            case .open(let resource): return .found(resource)
            case .opening: return .others
            case nil:
                guard !state.isOver else { return .over }
                state.slots[key] = .opening([])
                return .mine
            }
        }
    }

    private func found(_ key: Key) -> (any Sendable)? {
        if case .open(let resource) = state.withLock({ $0.slots[key] }) { return resource }
        return outer?.found(key)
    }

    /// Opens it; those who wait try for themselves when that fails.
    private func make<Resource: Sendable>(
        _ key: Key, _ open: () async throws -> Resource, _ close: @escaping @Sendable (Resource) async throws -> Void
    ) async throws -> Resource {
        let resource: Resource
        do { resource = try await open() } catch {
            end(key, nil)
            throw error
        }
        guard end(key, resource, { try await close(resource) }) else {
            try await close(resource)
            throw ScopeIsOver()
        }
        return resource
    }

    /// Ends the opening and wakes who waits; `false` when the scope has ended meanwhile.
    @discardableResult
    private func end(
        _ key: Key, _ resource: (any Sendable)?, _ close: @escaping @Sendable () async throws -> Void = {}
    ) -> Bool {
        let (waiting, isKept) = state.withLock { state in
            var waiting: [CheckedContinuation<Void, Never>] = []
            if case .opening(let others) = state.slots[key] { waiting = others }
            state.slots[key] = nil
            guard let resource, !state.isOver else { return (waiting, false) }
            state.slots[key] = .open(resource)
            state.closers.append(Closer(key: key, close: close))
            return (waiting, true)
        }
        for other in waiting { other.resume() }
        return isKept
    }

    private func opened(_ key: Key) async {
        await withCheckedContinuation { continuation in
            let isWaiting = state.withLock { state in
                guard case .opening(let others) = state.slots[key] else { return false }
                state.slots[key] = .opening(others + [continuation])
                return true
            }
            if !isWaiting { continuation.resume() }
        }
    }
}
