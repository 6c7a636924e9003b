#!/usr/bin/env bash
# Everything a change must pass: format, a build in which warnings are errors, the example, all tests.
# HAKOBI_SOAK=1 runs faults and histories at full length; arguments go to `swift test` (as in --filter NAME).
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

# The manifest makes warnings errors when this is set; no flag on the command line, so caches stay the same.
export CI=1

say "what is missing"
# The servers that the tests start for themselves, what cuts the network between them, a client of another language, and
# the languages of the example workers.
scripts/setup.sh postgresql pgbouncer python3-psycopg mariadb-server mariadb-client iproute2 nftables postfix perl ruby php-cli

say "format"
scripts/format.sh --check

say "build (warnings are errors, imports must be declared)"
swift build --build-tests -j "$jobs" "${traits[@]}" --explicit-target-dependency-import-check error

say "examples"
# Its own package: what a reader would have. A test builds it again and runs it; with all built here, that takes a moment.
swift build --package-path Examples/Hello -j "$jobs"

say "without the stores that are traits"
# Types only, against what was just built: seconds. `make soak` builds and runs it.
scripts/traits.sh check

say "release build"
# What `make run` builds: the optimizer has failed on what the debug build took.
build_release hakobi

# A room at a time, each in a process of its own: tests that start processes or block a thread would otherwise keep the
# others, which wait for events within a bound, from the two threads a small machine gives them.
rooms=(HakobiCoreTests ArchitectureTests MinimalLogTests MinimalLogHummingbirdTests StoreConformanceTests EngineTests HakobiSQLiteTests HakobiPostgresTests HakobiMySQLTests
    HakobiMaildirTests StoreModelTests SupervisorTests PipeTests ProgramsTests CommandTests CrashTests ExampleTests)

if (($#)); then
    say "tests"
    exec swift test --skip-build "${traits[@]}" "$@"
fi
if [[ -n "${HAKOBI_SOAK:-}" ]]; then
    scripts/traits.sh build
    scripts/footprint.sh
fi
failed=()
log="$(mktemp)"
trap 'rm -f -- "$log" "$log.why"' EXIT
for room in "${rooms[@]}"; do
    say "tests: $room"
    # A room that hangs has failed; at full length (HAKOBI_SOAK=1) some take their time. Not a pipe: whoever outlives a
    # room would hold it open.
    if ! timeout "${HAKOBI_SOAK:+6}1200" swift test --skip-build "${traits[@]}" --filter "^$room\\." > >(tee "$log") 2>&1; then
        failed+=("$room")
        # Its failed checks and the stack of a crash; when there is neither, its last words.
        why="$(grep -A 3 '^✘' "$log" || true; grep -m 1 -A 40 'Program crashed' "$log" || true)"
        printf '\n%s\n%s\n' "$room" "${why:-$(tail -n 20 "$log")}" >>"$log.why"
    fi
done
# Last, because the end is what is read first.
((${#failed[@]} == 0)) || { cat "$log.why"; fail "failed: ${failed[*]}"; }
