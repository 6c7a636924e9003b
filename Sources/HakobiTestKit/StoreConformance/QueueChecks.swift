internal import HakobiCore

extension StoreConformance {
    static let queues: [Check] = [
        Check("listed queues are served up to their shares first, then in their order") { fixture in
            let (a, b) = (try QueueName("a"), try QueueName("b"))
            for queue in [a, b, a, b, a, b] { _ = try await fixture.add { $0.queue = queue } }
            let shares = Demand.Queues.listed([.init(queue: b, slots: 1), .init(queue: a, slots: 2)])
            let claimed = try await fixture.claim(4, queues: shares)
            try expect("taken from b", claimed.count { $0.queue == b }, is: 2)
            try expect("taken from a", claimed.count { $0.queue == a }, is: 2)
        },
        Check("a share that its queue cannot fill goes to the others") { fixture in
            let (a, b) = (try QueueName("a"), try QueueName("b"))
            for queue in [a, b, b, b] { _ = try await fixture.add { $0.queue = queue } }
            let shares = Demand.Queues.listed([.init(queue: a, slots: 3), .init(queue: b, slots: 1)])
            try await expect("jobs claimed", fixture.claim(4, queues: shares).count, is: 4)
        },
        Check("shares beyond the slots take no more than the slots") { fixture in
            let (a, b) = (try QueueName("a"), try QueueName("b"))
            for queue in [a, a, b, b] { _ = try await fixture.add { $0.queue = queue } }
            let shares = Demand.Queues.listed([.init(queue: a, slots: 2), .init(queue: b, slots: 2)])
            let claimed = try await fixture.claim(3, queues: shares)
            try expect("the queues taken from", claimed.map(\.queue).sorted(), is: [a, a, b])
        },
        Check("the order of listed queues goes before priority") { fixture in
            let (a, b) = (try QueueName("a"), try QueueName("b"))
            _ = try await fixture.add { ($0.queue, $0.priority) = (b, 9) }
            let first = try await fixture.add { ($0.queue, $0.priority) = (a, 0) }
            let shares = Demand.Queues.listed([.init(queue: a, slots: 1), .init(queue: b, slots: 1)])
            try await expect("the job claimed", fixture.claim(1, queues: shares).map(\.lease.job), is: [first])
        },
        Check("queues that are not listed are left alone") { fixture in
            let (a, b) = (try QueueName("a"), try QueueName("b"))
            let left = try await fixture.add { ($0.queue, $0.priority) = (b, 9) }
            let taken = try await fixture.add { $0.queue = a }
            let shares = Demand.Queues.listed([.init(queue: a, slots: 5)])
            try await expect("the jobs claimed", fixture.claim(5, queues: shares).map(\.lease.job), is: [taken])
            try await expect("the other's attempts", fixture.record(left).attempt, is: 0)
        },
        Check("nothing is claimed from a paused queue until it is resumed") { fixture in
            let mail = try QueueName("mail")
            let id = try await fixture.add { $0.queue = mail }
            let other = try await fixture.add()
            try await fixture.queues.pause(mail)
            try await expect("claimed while paused", fixture.claim(5).map(\.lease.job), is: [other])
            let listed = Demand.Queues.listed([.init(queue: mail, slots: 5)])
            try await expect("claimed by name while paused", fixture.claim(5, queues: listed), is: [])
            try await fixture.queues.resume(mail)
            try await expect("claimed once resumed", fixture.claim(5).map(\.lease.job), is: [id])
        },
        Check("jobs of a resumed queue have their place again, whoever claims first") { fixture in
            let (mail, pages) = (try QueueName("mail"), try QueueName("pages"))
            let both = Demand.Queues.listed([.init(queue: mail, slots: 1), .init(queue: pages, slots: 1)])
            for kind in ["sweep", "render", "render", "sweep"] { _ = try await fixture.add(kind) { $0.queue = pages } }
            try await expect("claimed of one kind", fixture.claim(kinds: ["sweep"]).count, is: 1)
            try await fixture.queues.pause(mail)
            let urgent = try await fixture.add("send") { ($0.queue, $0.priority) = (mail, 7) }
            try await fixture.advance(by: .seconds(5))
            let meanwhile = try await fixture.claim(kinds: ["send", "render"], queues: both)
            try expect("claimed while paused", meanwhile.map(\.queue), is: [pages])
            try await fixture.queues.resume(mail)
            try await expect("claimed of another kind", fixture.claim(kinds: ["sweep"]).count, is: 1)
            let claimed = try await fixture.claim(kinds: ["send", "render"])
            try expect("the job claimed", claimed.map(\.lease.job), is: [urgent])
        },
        Check("a pause holds for jobs that come later") { fixture in
            try await fixture.queues.pause(.default)
            _ = try await fixture.add()
            try await expect("the claim", fixture.claim(5), is: [])
        },
        Check("running jobs go on in a paused queue") { fixture in
            _ = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await fixture.queues.pause(.default)
            let renewal = Renewal(lease, extend: .seconds(60))
            try await expect("the renewal", fixture.renew(renewal), is: .renewed)
            try await fixture.end(lease, .completed(result: nil))
        },
        Check("paused queues are listed, each once") { fixture in
            let (a, b) = (try QueueName("a"), try QueueName("b"))
            for queue in [a, b, a] { try await fixture.queues.pause(queue) }
            try await expect("the paused queues", fixture.queues.pausedQueues().sorted(), is: [a, b])
            for queue in [a, a] { try await fixture.queues.resume(queue) }
            try await expect("the paused queues", fixture.queues.pausedQueues(), is: [b])
        },
        Check("suspects of a paused queue wait too") { fixture in
            let id = try await fixture.suspect()
            try await fixture.queues.pause(.default)
            try await fixture.advance(by: .seconds(5))
            try await expect("the claim of suspects", fixture.claim(0, lonely: 5), is: [])
            try await fixture.queues.resume(.default)
            try await expect("the claim once resumed", fixture.claim(0, lonely: 5).map(\.lease.job), is: [id])
        },
    ]
}
