internal import CMariaDB
internal import HakobiCore

/// What is bound: for each question mark a column of values, one a row.
struct Values {
    struct Column {
        let isNumber: Bool
        var numbers: [Int64] = []
        var bytes: [UInt8] = []
        var starts: [Int] = []
        var lengths: [CUnsignedLong] = []
        var nulls: [CChar] = []
    }

    private(set) var columns: [Column] = []
    private(set) var rowCount = 0
    private var next = 0

    private static let isNull = CChar(STMT_INDICATOR_NULL.rawValue)

    mutating func int(_ value: Int64?) {
        if rowCount == 0 { columns.append(Column(isNumber: true)) }
        columns[next].numbers.append(value ?? 0)
        columns[next].nulls.append(value == nil ? Self.isNull : 0)
        next += 1
    }

    mutating func int(_ value: Int?) { int(value.map { Int64($0) }) }

    mutating func bytes(_ value: [UInt8]?) {
        if rowCount == 0 { columns.append(Column(isNumber: false)) }
        columns[next].starts.append(columns[next].bytes.count)
        columns[next].lengths.append(CUnsignedLong(value?.count ?? 0))
        columns[next].nulls.append(value == nil ? Self.isNull : 0)
        if let value { columns[next].bytes += value }
        next += 1
    }

    mutating func text(_ value: String?) {
        if rowCount == 0 { columns.append(Column(isNumber: false)) }
        columns[next].starts.append(columns[next].bytes.count)
        columns[next].lengths.append(CUnsignedLong(value?.utf8.count ?? 0))
        columns[next].nulls.append(value == nil ? Self.isNull : 0)
        if let value { columns[next].bytes += value.utf8 }
        next += 1
    }

    mutating func id(_ value: JobID) { bytes(value.bytes) }

    mutating func endRow() {
        rowCount += 1
        next = 0
    }
}
