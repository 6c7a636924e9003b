import HakobiCore
import HakobiTestKit
import Testing

@Suite("Job ids")
struct JobIDTests {
    @Test("an id survives its text form", arguments: [0, 1, 0x8000_0000_0000_0000, UInt64.max, 0x0123_4567_89AB_CDEF])
    func roundTrip(_ half: UInt64) {
        for id in [JobID(high: half, low: ~half), JobID(high: ~half, low: half)] {
            #expect(JobID(id.description) == id)
            #expect(JobID(id.description.uppercased()) == id)
            #expect(JobID(id.description.filter { $0 != "-" }) == id)
            #expect(id.description.utf8.count == 36)
        }
    }

    @Test("the text form is 8-4-4-4-12 in lower case")
    func form() {
        let id = JobID(high: 0x0198_F3A1_B2C3_7DEF, low: 0x89AB_CDEF_0123_4567)
        #expect(id.description == "0198f3a1-b2c3-7def-89ab-cdef01234567")
    }

    @Test(
        "other texts are no ids",
        arguments: [
            "", "-", "0198f3a1-b2c3-7def-89ab-cdef0123456", "0198f3a1-b2c3-7def-89ab-cdef012345678",
            "0198f3a1-b2c3-7def-89ab-cdef0123456g", "0198f3a1 b2c3 7def 89ab cdef01234567",
        ])
    func malformed(_ text: String) { #expect(JobID(text) == nil) }

    @Test("a fresh id has version 7, variant 2 and its milliseconds (RFC 9562, 5.7)")
    func layout() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<1000 {
            let id = JobID(at: Timestamp(microseconds: 1_798_761_600_123_999), using: &generator)
            #expect(id.high >> 16 == 1_798_761_600_123)
            #expect(id.high >> 12 & 0xF == 7)
            #expect(id.low >> 62 == 2)
        }
    }

    @Test("later ids sort after earlier ones")
    func order() {
        var generator = SeededGenerator(seed: 8)
        let ids = (0..<200).map { JobID(at: Timestamp(microseconds: $0 * 1000), using: &generator) }
        #expect(ids.sorted() == ids)
        #expect(JobID(high: 1, low: 0) > JobID(high: 0, low: .max))
        #expect(JobID(high: 1, low: 2) < JobID(high: 1, low: 3))
    }

    @Test("text sorts as ids do")
    func textOrder() {
        var generator = SeededGenerator(seed: 9)
        let ids = (0..<200).map { _ in JobID(high: generator.next(), low: generator.next()) }
        #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    }

    @Test("moments before 1970 and beyond 48 bits make ids too")
    func extremes() {
        var generator = SeededGenerator(seed: 10)
        #expect(JobID(at: Timestamp(microseconds: .min), using: &generator).high >> 16 == 0)
        #expect(JobID(at: Timestamp(microseconds: .max), using: &generator).high >> 12 & 0xF == 7)
    }

    @Test("a thousand ids of one millisecond are different")
    func different() {
        var generator = SystemRandomNumberGenerator()
        let ids = (0..<1000).map { _ in JobID(at: Timestamp(microseconds: 1), using: &generator) }
        #expect(Set(ids).count == 1000)
    }
}
