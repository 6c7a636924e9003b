import HakobiCore
import Testing

@Suite("Moments")
struct TimestampTests {
    @Test("moments and durations add up to the microsecond")
    func arithmetic() {
        let moment = Timestamp(microseconds: 1_000_000)
        #expect((moment + .milliseconds(1500)).microseconds == 2_500_000)
        #expect((moment - .seconds(2)).microseconds == -1_000_000)
        #expect((moment + .nanoseconds(1999)).microseconds == 1_000_001)
        #expect(Timestamp(microseconds: 7) - Timestamp(microseconds: 9) == .microseconds(-2))
        #expect(Timestamp(microseconds: -1) < Timestamp(microseconds: 0))
    }

    @Test("sums saturate instead of overflowing")
    func saturation() {
        let (first, last) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max))
        #expect(last + .microseconds(1) == last)
        #expect(first - .microseconds(1) == first)
        #expect(Timestamp(microseconds: 0) + .seconds(Int64.max) == last)
        #expect(Timestamp(microseconds: 0) + .seconds(Int64.min) == first)
        #expect(Timestamp(microseconds: 0) - .seconds(Int64.max) == first)
        #expect(last - .seconds(1) == Timestamp(microseconds: .max - 1_000_000))
    }

    @Test("durations become whole microseconds, towards zero, and saturate")
    func microseconds() {
        #expect(Duration.nanoseconds(1999).wholeMicroseconds == 1)
        #expect(Duration.nanoseconds(-1999).wholeMicroseconds == -1)
        #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMicroseconds == .min)
        #expect((Duration.microseconds(Int64.max) + .seconds(1)).wholeMicroseconds == .max)
        #expect(Duration.microseconds(Int64.max).wholeMicroseconds == .max)
    }
}
