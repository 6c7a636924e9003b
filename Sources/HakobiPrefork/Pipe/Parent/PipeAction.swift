import Hakobi
import HakobiCore

/// What the state of the pipes wants done. Carried out in order.
enum PipeAction: Sendable {
    // To a child, over its pipe.
    case welcome(Int, Welcome)
    case jobs(Int, [Assignment])
    case cancel(Int, Ticket, StopReason)
    case recall(Int)
    case drain(Int)
    /// Nothing more will be written: the child leaves at that.
    case close(Int)
    /// It is gone and everything is known about it.
    case forget(Int)

    // To the worker.
    case settle([Settlement])
    case news(Lease, Progress?, [UInt8]?)
    case capacityChanged

    // To the supervisor.
    case ready(Int)
    case served(Int, jobs: Int)
    case load(busy: Int)
    case wantLonely(Int)
    case retire(Int)
    case kill(Int, aborting: Bool, because: String)

    case log(PipeNote)
}

/// All that this room has to say to an operator.
enum PipeNote: Sendable, Hashable {
    case nonsense(pid: Int32, why: String)
    case mute(pid: Int32)
    case overdue(pid: Int32, job: JobID, kind: Kind, limit: Duration)
    case died(pid: Int32, cause: String, running: [JobID])
    case bounced(job: JobID, times: Int)
    case failed(String)
}
