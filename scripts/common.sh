# Sourced by the other scripts: where the checkout is, how to speak, and how to build.
# shellcheck shell=bash

set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)"
# Two jobs at a time unless told otherwise: each compiler wants up to a gigabyte.
jobs="${JOBS:-2}"

# Every store is built in: the tool opens them all, and the tests test them all. A flag, so that caches stay the same everywhere.
traits=(--enable-all-traits)

say() { printf '\n== %s\n' "$*"; }
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The release build: Swift's own libraries are linked in, so the binary runs where no Swift is installed. Nobody links
# against it, so it exports nothing: a start then reads no table of symbols, and what nobody calls is left out.
build_release() {
    local product
    for product in "$@"; do
        swift build --package-path "$root" -c release -j "$jobs" "${traits[@]}" --static-swift-stdlib \
            -Xlinker --no-export-dynamic --product "$product"
    done
}

release_path() { swift build --package-path "$root" -c release "${traits[@]}" --static-swift-stdlib --show-bin-path; }
