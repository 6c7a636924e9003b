/// Jobs that wait in the parent, in order of arrival; what comes back from a child goes to the front again.
struct WaitingLine: Sendable {
    private var parcels: [Parcel?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ parcel: Parcel) {
        parcels.append(parcel)
        count += 1
    }

    mutating func putBack(_ returned: [Parcel]) {
        guard !returned.isEmpty else { return }
        parcels.replaceSubrange(0..<head, with: returned.map(Optional.some))
        head = 0
        count += returned.count
    }

    /// Offers each waiting job in order until `take` answers `nil` (enough); `true` takes it out of the line.
    mutating func offer(_ take: (Parcel) -> Bool?) {
        var index = head
        while index < parcels.count {
            if let parcel = parcels[index] {
                guard let isTaken = take(parcel) else { break }
                if isTaken {
                    parcels[index] = nil
                    count -= 1
                }
            }
            index += 1
        }
        tidy()
    }

    /// Takes out all that match.
    mutating func remove(where matches: (Parcel) -> Bool) -> [Parcel] {
        var removed: [Parcel] = []
        offer { parcel in
            guard matches(parcel) else { return false }
            removed.append(parcel)
            return true
        }
        return removed
    }

    /// Moves past the gaps at the front; the array itself is moved only once in a while.
    private mutating func tidy() {
        while head < parcels.count, parcels[head] == nil { head += 1 }
        if head == parcels.count {
            parcels.removeAll(keepingCapacity: parcels.capacity < 1 << 14)
            head = 0
        } else if head > 4096 {
            parcels.removeFirst(head)
            head = 0
        }
    }
}
