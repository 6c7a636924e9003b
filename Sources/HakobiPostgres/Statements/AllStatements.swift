/// Every statement, for one schema.
struct AllStatements: Sendable {
    let session: SessionStatements
    let names: NameStatements
    let insert: InsertStatements
    let claim: ClaimStatements
    let move: MoveStatements
    let rescue: RescueStatements
    let edit: EditStatements
    let read: ReadStatements
    let doctor: DoctorStatements

    init(_ schema: String) {
        session = SessionStatements(schema)
        names = NameStatements(schema)
        insert = InsertStatements(schema)
        claim = ClaimStatements(schema)
        move = MoveStatements(schema)
        rescue = RescueStatements(schema)
        edit = EditStatements(schema)
        read = ReadStatements(schema)
        doctor = DoctorStatements(schema)
    }
}
