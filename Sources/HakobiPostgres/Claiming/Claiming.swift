internal import HakobiCore

/// A claim under way.
struct Claiming {
    let demand: Demand
    let owner: Int32
    var jobs: [ClaimedJob] = []
    /// Travels with the first message.
    var look: Look?

    var slots: Int { demand.slots - jobs.count { !$0.isSuspect } }
    var lonelySlots: Int { demand.lonelySlots - jobs.count(where: \.isSuspect) }
    var isShort: Bool { jobs.count < demand.slots }
    var hasRoom: Bool { slots > 0 || lonelySlots > 0 }
}
