import Hakobi
import HakobiPrograms

extension JSONValue {
    static func time(_ value: Timestamp?) -> JSONValue { optional(value) { .string(TimeText.write($0)) } }
    /// Seconds with their fraction; every key with a duration ends in `Seconds`.
    static func seconds(_ value: Duration?) -> JSONValue {
        optional(value) { .number(Double($0.wholeMicroseconds) / 1_000_000) }
    }
}
