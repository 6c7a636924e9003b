internal import HakobiCore

extension StoreConformance {
    static let uniqueness: [Check] = [
        Check("a unique key that is taken keeps its holder") { fixture in
            let holder = try await fixture.add("work", unique("u"))
            let newcomer = try fixture.job("work", unique("u"))
            try await expect("the newcomer", fixture.insert(newcomer), is: .existing(holder))
            try await expect("the newcomer's record", fixture.reader.job(newcomer.id), is: nil)
        },
        Check("a newcomer that asks for it is refused a taken unique key") { fixture in
            let holder = try await fixture.add("work", unique("u"))
            let newcomer = try fixture.job("work", unique("u", .refuse))
            try await expect("the newcomer", fixture.insert(newcomer), is: .refused(.uniqueKeyTaken(by: holder)))
            try await expect("the newcomer's record", fixture.reader.job(newcomer.id), is: nil)
        },
        Check("a newcomer that asks for it replaces a waiting holder") { fixture in
            let holder = try await fixture.add("work", unique("u"))
            let newcomer = try fixture.job("work", unique("u", .replace))
            try await expect("the newcomer", fixture.insert(newcomer), is: .replaced(holder))
            try await expect("the holder", fixture.state(holder), is: .cancelled)
            try await expect("the jobs claimed", fixture.claim(5).map(\.lease.job), is: [newcomer.id])
        },
        Check("a running holder of a unique key is not replaced") { fixture in
            let holder = try await fixture.add("work", unique("u"))
            let claimed = try await fixture.claimOne()
            let newcomer = try fixture.job("work", unique("u", .replace))
            try await expect("the newcomer", fixture.insert(newcomer), is: .refused(.uniqueKeyTaken(by: holder)))
            try await expect("the holder", fixture.state(holder), is: .running)
            try await fixture.end(claimed.lease, .completed(result: nil))
        },
        Check("a unique key is free once its holder has ended") { fixture in
            let ends: [Outcome] = [
                .completed(result: nil), .cancelled(reason: nil), .failed(error: "no", .never),
            ]
            for outcome in ends { _ = try await fixture.ended(outcome, unique("u")) }
            let waiting = try await fixture.add("work", unique("u"))
            try await expect("the cancel", fixture.cancel(waiting), is: .done)
            _ = try await fixture.add("work", unique("u"))
        },
        Check("a unique key stays taken between attempts") { fixture in
            let holder = try await fixture.ended(.failed(error: "no", .after(.seconds(60))), unique("u"))
            try await expect("the newcomer", fixture.insert(fixture.job("work", unique("u"))), is: .existing(holder))
        },
        Check("unique keys of two kinds do not meet") { fixture in
            _ = try await fixture.add("work", unique("u"))
            _ = try await fixture.add("play", unique("u"))
        },
        Check("unique keys are compared byte by byte") { fixture in
            for key in lookalikes { _ = try await fixture.add("work", unique(key)) }
        },
        Check("deleting a waiting job frees its unique key") { fixture in
            let holder = try await fixture.add("work", unique("u"))
            try await expect("the delete", fixture.delete(holder), is: .done)
            _ = try await fixture.add("work", unique("u"))
        },
    ]
}

/// Gives a job a unique key.
private func unique(_ key: String, _ rule: UniqueKey.OnConflict = .keep) throws -> (inout NewJob) -> Void {
    let key = UniqueKey(try JobKey(key), onConflict: rule)
    return { $0.uniqueKey = key }
}
