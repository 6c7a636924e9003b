internal import HakobiCore

extension StoreConformance {
    static let retention: [Check] = [
        Check("completed and cancelled jobs go when they are old, and not before") { fixture in
            let done = try await fixture.ended(.completed(result: nil))
            let withdrawn = try await fixture.ended(.cancelled(reason: nil))
            let retention = Retention(completedAge: .seconds(100), completedRows: 100, deadAge: .seconds(100_000))
            try await fixture.advance(by: .seconds(90))
            try await expect("pruned at 90 s of 100", fixture.editor.prune(retention, limit: 10), is: 0)
            try await fixture.advance(by: .seconds(20))
            try await expect("pruned at 110 s", fixture.editor.prune(retention, limit: 10), is: 2)
            try await expect("the completed one", fixture.reader.job(done), is: nil)
            try await expect("the cancelled one", fixture.reader.job(withdrawn), is: nil)
        },
        Check("dead jobs go by an age of their own") { fixture in
            let dead = try await fixture.ended(.failed(error: "no", .never))
            let retention = Retention(completedAge: .seconds(10), completedRows: 0, deadAge: .seconds(1000))
            try await fixture.advance(by: .seconds(900))
            try await expect("pruned at 900 s of 1000", fixture.editor.prune(retention, limit: 10), is: 0)
            try await expect("the dead one", fixture.state(dead), is: .dead)
            try await fixture.advance(by: .seconds(200))
            try await expect("pruned at 1100 s", fixture.editor.prune(retention, limit: 10), is: 1)
        },
        Check("completed jobs beyond the rows to keep go, oldest first") { fixture in
            var ids: [JobID] = []
            for _ in 0..<5 {
                try await ids.append(fixture.ended(.completed(result: nil)))
                try await fixture.advance(by: .seconds(1))
            }
            let retention = Retention(completedAge: .seconds(9999), completedRows: 3, deadAge: .seconds(9999))
            try await expect("pruned", fixture.editor.prune(retention, limit: 10), is: 2)
            let left = try await fixture.reader.jobs(matching: JobFilter(), limit: 10, before: nil).map(\.id)
            try expect("the jobs left", left, is: ids.suffix(3).reversed())
        },
        Check("waiting and running jobs are kept, however old") { fixture in
            let running = try await fixture.add()
            _ = try await fixture.claimOne()
            let waiting = try await fixture.ended(.failed(error: "no", .after(.zero)))
            try await fixture.advance(by: .seconds(10_000_000))
            try await expect("pruned", fixture.editor.prune(.nothing, limit: 10), is: 0)
            try await expect("the running one", fixture.state(running), is: .running)
            try await expect("the waiting one", fixture.state(waiting), is: .available)
        },
        Check("a prune takes no more than its limit, oldest first") { fixture in
            var ids: [JobID] = []
            for _ in 0..<5 {
                try await ids.append(fixture.ended(.completed(result: nil)))
                try await fixture.advance(by: .seconds(1))
            }
            try await expect("pruned", fixture.editor.prune(.nothing, limit: 2), is: 2)
            try await expect("the second", fixture.reader.job(ids[1]), is: nil)
            try await expect("the third", fixture.state(ids[2]), is: .completed)
            try await expect("pruned again", fixture.editor.prune(.nothing, limit: 9), is: 3)
        },
    ]
}
