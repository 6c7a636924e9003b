internal import HakobiCore

/// The rows of one answer, as text: numbers in digits, bytes as they are.
struct Rows: Sequence {
    fileprivate struct Cell {
        let start: Int
        /// -1 for NULL.
        let count: Int
    }

    private(set) var width = 0
    private(set) var count = 0
    /// Rows that a writing statement has changed.
    var affected = 0
    fileprivate var cells: [Cell] = []
    fileprivate var bytes: [UInt8] = []

    init(width: Int) { self.width = width }

    mutating func add(_ value: UnsafeRawBufferPointer?) {
        cells.append(Cell(start: bytes.count, count: value?.count ?? -1))
        if let value { bytes.append(contentsOf: value) }
    }

    mutating func endRow() { count += 1 }

    var isEmpty: Bool { count == 0 }
    var first: Row? { count > 0 ? Row(rows: self, base: 0) : nil }

    func makeIterator() -> AnyIterator<Row> {
        var next = 0
        return AnyIterator {
            guard next < count else { return nil }
            defer { next += 1 }
            return Row(rows: self, base: next * width)
        }
    }

    subscript(_ index: Int) -> Row { Row(rows: self, base: index * width) }
}

/// One row. A cell that does not read as what is asked for is a damaged table.
struct Row {
    fileprivate let rows: Rows
    fileprivate let base: Int

    private func cell(_ column: Int) -> ArraySlice<UInt8>? {
        let cell = rows.cells[base + column]
        return cell.count < 0 ? nil : rows.bytes[cell.start..<(cell.start + cell.count)]
    }

    func isNull(_ column: Int) -> Bool { rows.cells[base + column].count < 0 }

    func intOrNil(_ column: Int) throws(MySQLError) -> Int64? {
        guard let digits = cell(column) else { return nil }
        var value: Int64 = 0
        var isNegative = false
        for (index, digit) in digits.enumerated() {
            if index == 0, digit == UInt8(ascii: "-") {
                isNegative = true
                continue
            }
            guard digit >= 48, digit <= 57 else { throw .damaged("a number does not read as one") }
            value = value &* 10 &- Int64(digit - 48)
        }
        return isNegative ? value : -value
    }

    func int(_ column: Int) throws(MySQLError) -> Int64 {
        guard let value = try intOrNil(column) else { throw .damaged("a number is missing") }
        return value
    }

    func bytesOrNil(_ column: Int) -> [UInt8]? { cell(column).map { Array($0) } }

    func bytes(_ column: Int) throws(MySQLError) -> [UInt8] {
        guard let bytes = bytesOrNil(column) else { throw .damaged("bytes are missing") }
        return bytes
    }

    func textOrNil(_ column: Int) -> String? { cell(column).map { String(decoding: $0, as: UTF8.self) } }

    func text(_ column: Int) throws(MySQLError) -> String {
        guard let text = textOrNil(column) else { throw .damaged("a text is missing") }
        return text
    }

    func jobID(_ column: Int) throws(MySQLError) -> JobID {
        guard let bytes = cell(column), bytes.count == 16 else { throw .damaged("an id has not 16 bytes") }
        var halves: (UInt64, UInt64) = (0, 0)
        for byte in bytes.prefix(8) { halves.0 = halves.0 << 8 | UInt64(byte) }
        for byte in bytes.suffix(8) { halves.1 = halves.1 << 8 | UInt64(byte) }
        return JobID(high: halves.0, low: halves.1)
    }
}

extension JobID {
    /// As it is stored: sixteen bytes that sort as the id does.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: high >> UInt64(shift)))
        }
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: low >> UInt64(shift)))
        }
        return bytes
    }
}
