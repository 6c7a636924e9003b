import Glibc
import Hakobi
import HakobiMaildir

/// Enqueues jobs one by one, from several callers, and notes each that was acknowledged.
enum Feeder {
    static func run(_ arguments: [String]) async throws {
        let spill = try variable("CRASH_SPILL").map { try MaildirSpill(path: $0) }
        let roles = spill == nil ? try await OwnService.openStore() : try await OwnService.openStoreOrAway()
        try await feed(
            JobClient(roles, spill: spill), kind: arguments[0], payload: arguments[1], count: Int(arguments[2]) ?? 0,
            callers: arguments.count > 3 ? Int(arguments[3]) ?? 1 : 1)
        await roles.close()
    }

    static func feed(_ client: JobClient, kind: String, payload: String, count: Int, callers: Int) async throws {
        let kind = try Kind(kind)
        let pause = variable("CRASH_PAUSE").flatMap { Int($0) }.map { Duration.milliseconds($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for number in stride(from: caller, to: count, by: callers) {
                        if let path = variable("CRASH_STOP"), access(path, F_OK) == 0 { return }
                        try await enqueue(client, kind, payload, number)
                        if let pause { try await Task.sleep(for: pause) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// A full or busy store is met by trying again: what was not acknowledged was not promised.
    private static func enqueue(_ client: JobClient, _ kind: Kind, _ payload: String, _ number: Int) async throws {
        while true {
            do {
                var options = JobOptions(queue: try QueueName(variable("CRASH_QUEUE") ?? "default"))
                let key = variable("CRASH_KEYS").map { "\($0)-\(number)" }
                if let key {
                    options.idempotencyKey = IdempotencyKey(try JobKey(key))
                    options.metadata["key"] = key
                }
                let id = try await client.enqueue(kind: kind, payload: Payload(Array(payload.utf8)), options)
                if let key { Marks.acked(key: key) } else { Marks.acked(id) }
                return
            } catch let error as StoreError where error.isTransient || error.reason == .full {
                Marks.write("refused \(error.reason.rawValue) \(error.operation)")
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
