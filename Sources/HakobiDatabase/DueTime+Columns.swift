package import HakobiCore

/// A due time as it travels to a server, whose clock decides what now is: a moment, a delay, or neither.
extension DueTime {
    /// In µs since 1970.
    package var moment: Int64? { if case .at(let moment) = self { moment.microseconds } else { nil } }
    /// In µs from the server's now.
    package var delay: Int64? { if case .after(let delay) = self { delay.wholeMicroseconds } else { nil } }
}
