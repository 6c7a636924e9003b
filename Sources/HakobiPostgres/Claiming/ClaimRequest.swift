/// What one claim statement is told.
struct ClaimRequest {
    /// Microseconds; `nil` for the server's clock.
    var wall: Int64?
    var steady: Int64?
    /// Microseconds.
    var lease: Int64
    /// Where to begin in each lane, and how far to read it.
    var lanes: [Int32]
    var places: [Place]
    var limits: [Int32]
    /// Of all lanes together.
    var wanted: Int
    var owner: Int32

    /// A lone lane is read as far as is wanted, and nothing in it has to be compared: most claims are of this kind.
    private var isOfOne: Bool { lanes.count == 1 }

    func statement(of sql: ClaimStatements) -> Statement { isOfOne ? sql.fromOne : sql.fromMany }

    func bind(_ p: Parameters) {
        p.int8(wall)
        p.int8(steady)
        p.int8(lease)
        p.int8(Int64(wanted))
        p.int4(owner)
        if isOfOne {
            p.int4(lanes[0])
            p.int8(places[0].due)
            p.int8(places[0].row)
        } else {
            p.int4s(lanes)
            p.int8s(places) { $0.due }
            p.int8s(places) { $0.row }
            p.int4s(limits)
        }
    }
}
