/// What a lane counts, and from when on it may have something due.
extension Statements {
    var laneText: String {
        switch self {
        // Ten seeks in hakobi_lane_open: lanes whose earliest job is not due yet are not walked.
        case .openLanes:
            """
            SELECT lane FROM hakobi_lane INDEXED BY hakobi_lane_open
            WHERE is_lonely = ?1 AND priority IN (9, 8, 7, 6, 5, 4, 3, 2, 1, 0) AND next_due <= ?2
            AND next_due < 9223372036854775807
            """
        case .countLane:
            """
            UPDATE hakobi_lane SET held = held + ?2, available = available + ?3, running = running + ?4,
            completed = completed + ?5, cancelled = cancelled + ?6, dead = dead + ?7
            WHERE lane = ?1
            """
        // Guard: only downwards, and only where it says something new: no page of hakobi_lane_open changes otherwise.
        case .lowerLane: "UPDATE hakobi_lane SET next_due = ?2 WHERE lane = ?1 AND next_due > ?2"
        // Raises the lower bound to what a look at the lane's head has found.
        default:  // raiseLane
            "UPDATE hakobi_lane SET next_due = ?2 WHERE lane = ?1 AND next_due < ?2"
        }
    }
}
