internal import HakobiCore

extension StoreConformance {
    static let idempotency: [Check] = [
        Check("one idempotency key is one job") { fixture in
            let first = try await fixture.add("work", keyed("k"))
            let again = try fixture.job("work", keyed("k"))
            try await expect("the second", fixture.insert(again), is: .existing(first))
            try await expect("the second's record", fixture.reader.job(again.id), is: nil)
        },
        Check("idempotency keys of two kinds do not meet") { fixture in
            _ = try await fixture.add("work", keyed("k"))
            _ = try await fixture.add("play", keyed("k"))
        },
        Check("idempotency keys are compared byte by byte") { fixture in
            for key in lookalikes { _ = try await fixture.add("work", keyed(key)) }
            let again = try fixture.job("work", keyed(lookalikes[1]))
            guard case .existing = try await fixture.insert(again) else {
                throw BrokenPromise(description: "a key was not found again by its own bytes")
            }
        },
        Check("an idempotency key is forgotten when its window ends, and not before") { fixture in
            let window = Duration.seconds(100)
            let first = try await fixture.add("work", keyed("k", window: window))
            try await fixture.advance(by: .seconds(90))
            let early = try fixture.job("work", keyed("k", window: window))
            try await expect("within the window", fixture.insert(early), is: .existing(first))
            try await fixture.advance(by: .seconds(11))
            let late = try fixture.job("work", keyed("k", window: window))
            try await expect("after the window", fixture.insert(late), is: .inserted)
            let later = try fixture.job("work", keyed("k", window: window))
            try await expect("within the second window", fixture.insert(later), is: .existing(late.id))
        },
        Check("an idempotency key outlives its job's completion") { fixture in
            let first = try await fixture.ended(.completed(result: nil), keyed("k"))
            try await expect("the second", fixture.insert(fixture.job("work", keyed("k"))), is: .existing(first))
        },
        Check("pruning a job does not shorten its idempotency key's window") { fixture in
            let first = try await fixture.ended(.completed(result: nil), keyed("k"))
            try await fixture.advance(by: .seconds(10))
            try await expect("jobs pruned", fixture.editor.prune(.nothing, limit: 10), is: 1)
            try await expect("the second", fixture.insert(fixture.job("work", keyed("k"))), is: .existing(first))
        },
        Check("deleting a job does not shorten its idempotency key's window") { fixture in
            let first = try await fixture.add("work", keyed("k"))
            try await expect("the delete", fixture.delete(first), is: .done)
            try await expect("the second", fixture.insert(fixture.job("work", keyed("k"))), is: .existing(first))
        },
        Check("keys within one insert are met in order") { fixture in
            let jobs = [
                try fixture.job("work", keyed("a")), try fixture.job("work", keyed("b")),
                try fixture.job("work", keyed("a")),
            ]
            let answers = try await fixture.store.insert(jobs)
            try expect("the answers", answers, is: [.inserted, .inserted, .existing(jobs[0].id)])
        },
        Check("a job that was not kept leaves no idempotency key") { fixture in
            let holder = try await fixture.add { $0.uniqueKey = UniqueKey(try JobKey("u")) }
            let dropped = try fixture.job {
                try keyed("k")(&$0)
                $0.uniqueKey = UniqueKey(try JobKey("u"))
            }
            try await expect("the newcomer", fixture.insert(dropped), is: .existing(holder))
            try await expect("another with its key", fixture.insert(fixture.job("work", keyed("k"))), is: .inserted)
        },
    ]
}

/// Two spellings of "é", two cases, and blanks that some databases trim.
let lookalikes = ["caf\u{E9}", "cafe\u{301}", "CAF\u{C9}", "caf\u{E9} ", "cafe"]

/// Gives a job an idempotency key.
private func keyed(_ key: String, window: Duration = .seconds(86_400)) throws -> (inout NewJob) -> Void {
    let key = IdempotencyKey(try JobKey(key), window: window)
    return { $0.idempotencyKey = key }
}

extension Retention {
    /// Everything that ended goes.
    static let nothing = Retention(completedAge: .zero, completedRows: 0, deadAge: .zero)
}
