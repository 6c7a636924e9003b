/// Every SQL text of this module, one case a statement, each with the index that carries it, what it locks and its guard.
/// The cases stand here, the texts in one file a topic.
///
/// Locks: what writes runs inside the writer's `BEGIN IMMEDIATE`, which is the file's one write lock; what reads sees a
/// snapshot and locks nobody. So a comment names a lock only where that is not the whole truth.
/// `INDEXED BY` is an assertion: a plan that would leave the index fails at once instead of scanning half a million rows.
enum Statements: Int, CaseIterable {
    case beginWrite, beginRead, commit, rollback, journalMode, readOnlyQueries, synchronous, foreignKeysOff,
        temporaryStore, cacheSize, checkpointPages, untrustedSchema, checkCells, databaseFile
    case hasSchema, schemaRow, insertSchemaRow, updateSchemaRow, epoch, raiseEpoch, dumpSchema, indexNames
    case findKind, addKind, findQueue, addQueue, findLane, addLane, laneByNumber, findOwner, addOwner, ownerByNumber,
        findReporter, addReporter, markReporter, reporterByNumber
    case idExists, lastRow, addJob, addContent, findIdempotency, putIdempotency, findUniqueHolder
    case openLanes, countLane, lowerLane, raiseLane
    case waitingInLane, firstDue, pausedNumbers, jobsToRun, keptCheckpoint, startJobs
    case completeJob, heldJob, endJob, addAttempt, extendLease
    case keepProgress, keepCheckpoint, keepResult, markKept
    case leaseOwners, expiredOf, leasesOf
    case jobForEdit, hastenJob, requestCancel, removeJob, keepLastRow, removeContent, removeKept, removeAttempts,
        putPause, pausedNames
    case pruneByAge, pruneSurplus, completedCount, removeIdempotency, removeLanes, removeReporters, removeOwners,
        removeKinds, removeQueues
    case jobRecord, attemptsOf, listAll, listReady, listRunning, listEnded
    case laneCounts, dueBetween, retryingAfter, oldestDue, putWorker, removeWorker, allWorkers, leaseHolders

    /// The text; parameters are always bound, never pasted.
    var text: String {
        switch self {
        case .beginWrite, .beginRead, .commit, .rollback, .journalMode, .readOnlyQueries, .synchronous,
            .foreignKeysOff, .temporaryStore, .cacheSize, .checkpointPages, .untrustedSchema, .checkCells,
            .databaseFile:
            connectionText
        case .hasSchema, .schemaRow, .insertSchemaRow, .updateSchemaRow, .epoch, .raiseEpoch, .dumpSchema,
            .indexNames:
            schemaText
        case .findKind, .addKind, .findQueue, .addQueue, .findLane, .addLane, .laneByNumber, .findOwner, .addOwner,
            .ownerByNumber, .findReporter, .addReporter, .markReporter, .reporterByNumber:
            nameText
        case .idExists, .lastRow, .addJob, .addContent, .findIdempotency, .putIdempotency, .findUniqueHolder:
            insertText
        case .openLanes, .countLane, .lowerLane, .raiseLane:
            laneText
        case .waitingInLane, .firstDue, .pausedNumbers, .jobsToRun, .keptCheckpoint, .startJobs:
            claimText
        case .completeJob, .heldJob, .endJob, .addAttempt, .extendLease:
            settleText
        case .keepProgress, .keepCheckpoint, .keepResult, .markKept:
            keepText
        case .leaseOwners, .expiredOf, .leasesOf:
            rescueText
        case .jobForEdit, .hastenJob, .requestCancel, .removeJob, .keepLastRow, .removeContent, .removeKept,
            .removeAttempts, .putPause, .pausedNames:
            editText
        case .pruneByAge, .pruneSurplus, .completedCount, .removeIdempotency, .removeLanes, .removeReporters,
            .removeOwners, .removeKinds, .removeQueues:
            pruneText
        case .jobRecord, .attemptsOf, .listAll, .listReady, .listRunning, .listEnded:
            readText
        case .laneCounts, .dueBetween, .retryingAfter, .oldestDue, .putWorker, .removeWorker, .allWorkers,
            .leaseHolders:
            statsText
        }
    }
}
