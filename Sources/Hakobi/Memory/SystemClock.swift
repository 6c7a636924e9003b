public import HakobiCore

extension StoreClock {
    /// This machine's clocks: its date for moments, and for leases the clock that goes on while the machine sleeps.
    public static let system = StoreClock(wall: WallClock.now, steady: EngineClock.system.now)
}
