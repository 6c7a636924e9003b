internal import HakobiCore
internal import Logging

/// From one generation to the next: the new one serves before the old one goes.
extension SupervisorState {
    mutating func startRoll() {
        guard roll == nil else {
            rollsAgain = true
            return
        }
        newestGeneration += 1
        openGenerations.insert(newestGeneration)
        roll = Roll(generation: newestGeneration, policy: nil, deadline: now + policy.readyLimit)
        actions.append(.notify(.reloading))
        log(.notice, "reloading: generation \(newestGeneration) is being started")
        actions.append(.reload(generation: newestGeneration))
    }

    /// Spawns what the new generation lacks; when all of it is ready, it takes over.
    mutating func growRoll() {
        guard let roll, let newPolicy = roll.policy else { return }
        let there = serving(roll.generation)
        let wanted = rollTarget(newPolicy)
        if there.count < wanted {
            for _ in there.count..<wanted { spawn(generation: roll.generation, policy: newPolicy) }
        } else if there.allSatisfy({ $0.phase == .ready }) {
            commitRoll(roll.generation, newPolicy)
        }
    }

    /// With spare ones, as many as serve now: a busy hour does not begin anew with the least.
    private func rollTarget(_ newPolicy: SupervisorPolicy) -> Int {
        guard let spare = newPolicy.spare else { return newPolicy.processes }
        return max(spare.lowerBound, min(serving(generation).count, newPolicy.processes))
    }

    private mutating func commitRoll(_ number: Int, _ newPolicy: SupervisorPolicy) {
        let old = children.values.filter { $0.generation != number && $0.phase != .retiring }
        spare = newPolicy.spare.map { _ in SpareTarget(startingWith: rollTarget(newPolicy)) }
        generation = number
        policy = newPolicy
        backoff = RespawnBackoff()
        log(.notice, "generation \(number) serves; \(old.count) processes of older ones finish what they have")
        for child in old.sorted(by: { $0.serial < $1.serial }) { retire(child.serial) }
        endRoll()
    }

    /// The old generation keeps serving.
    mutating func abandonRoll(because reason: String) {
        guard let roll else { return }
        log(.critical, "generation \(roll.generation) is abandoned, generation \(generation) keeps serving: \(reason)")
        let left = children.values.filter { $0.generation == roll.generation }.map(\.serial).sorted()
        for serial in left { retire(serial) }
        endRoll()
    }

    private mutating func endRoll() {
        roll = nil
        forgetOld()
        if isUp { actions.append(.notify(.ready)) }
        guard rollsAgain else { return }
        rollsAgain = false
        startRoll()
    }

    mutating func checkRollDeadline() {
        guard let roll, now >= roll.deadline else { return }
        abandonRoll(because: "it was not ready within \(policy.readyLimit)")
    }

    /// A generation's program may be let go when nothing will be spawned from it again.
    mutating func forgetOld() {
        for number in openGenerations.sorted() where number != generation && number != roll?.generation {
            openGenerations.remove(number)
            actions.append(.forget(generation: number))
        }
    }
}
