#!/usr/bin/env bash
# Is every public symbol documented, does every link resolve, is the code in the documents code that is compiled?
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"
scripts/setup.sh

say "symbols"
# The compiler's own list of public symbols, from the modules that the debug build left behind.
swift build -j "$jobs" "${traits[@]}"
swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >/dev/null
graphs="$(find .build -type d -name symbolgraph -path '*debug*' | head -n 1)"
[[ -n "$graphs" ]] || fail "swift package dump-symbol-graph left nothing behind"
python3 scripts/undocumented.py "$graphs"

say "links, sections, tables, code"
swift build --build-tests -j "$jobs" "${traits[@]}"
swift test --skip-build "${traits[@]}" --filter ArchitectureTests
