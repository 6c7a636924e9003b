#!/usr/bin/env bash
# The command line without any store that is a package trait. `check`: its types, against the modules of the last debug
# build. `build`: the program, in a scratch folder of its own (minutes at first), and what it says of stores.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

check() {
    local built yams=.build/checkouts/Yams/Sources/CYaml/include name
    built="$(swift build --show-bin-path)"
    name="$(basename "$root")"
    # As the build calls it, but for -DSQLite.
    find Sources/HakobiCommand -name '*.swift' -print0 | xargs -0 swiftc -typecheck -parse-as-library -swift-version 6 \
        -warnings-as-errors -module-name HakobiCommand -package-name "${name,,}" -DSWIFT_PACKAGE -I "$built/Modules" \
        -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility \
        -enable-upcoming-feature InternalImportsByDefault -module-cache-path .build/no-traits/ModuleCache \
        -Xcc "-fmodule-map-file=$built/CHakobi.build/module.modulemap" -Xcc -ISources/CHakobi/include \
        -Xcc "-fmodule-map-file=$yams/module.modulemap" -Xcc "-I$yams"
}

build() {
    local scratch=.build/no-traits said status=0
    swift build --disable-default-traits --product hakobi --scratch-path "$scratch" -j "$jobs"
    said="$("$scratch/debug/hakobi" up --exec a=cat --store sqlite:x.db 2>&1 >/dev/null)" || status=$?
    [[ $status == 64 && "$said" == *"built without the sqlite store; it has maildir: memory:"* ]] || fail "it said ($status): $said"
    "$scratch/debug/hakobi" up --exec a=cat --store memory: --once 2>/dev/null || fail "it does not run on memory:"
    if ldd "$scratch/debug/hakobi" | grep -q sqlite; then fail "it is linked with SQLite"; fi
}

case "${1:-}" in
check | build) "$1" ;;
*) fail "usage: scripts/traits.sh check|build" ;;
esac
