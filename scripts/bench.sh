#!/usr/bin/env bash
# Measures Hakobi and its peers in one run, on one disk, and prints figures and ratios. WRITE=1 writes docs/benchmarks.md;
# QUICK=1 takes fewer jobs; arguments go to `hakobi bench`.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

scripts/setup.sh
say "release build"
build_release hakobi
hakobi="$(release_path)/hakobi"

say "peers (from PyPI, in an environment of their own)"
venv="$root/.build/peers"
[[ -x "$venv/bin/python" ]] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import huey, litequeue' 2>/dev/null || "$venv/bin/pip" install -q litequeue==0.9 huey==3.5.4

# On the checkout's disk, since a /tmp in memory would make every flush free.
scratch="$(mktemp -d "$root/.build/bench.XXXXXX")"
trap 'rm -rf -- "$scratch"' EXIT
figures="$scratch/figures"
jobs_each=20000
[[ -z "${QUICK:-}" ]] || jobs_each=5000

# The peers before and after, so that a machine that gets busier in between does not flatter anybody.
peers() {
    local program
    for program in raw_sqlite litequeue_peer huey_peer; do
        "$venv/bin/python" -B "scripts/peers/$program.py" --directory "$scratch" --jobs "$jobs_each" | tee -a "$figures"
    done
}

say "peers, first time"
peers
say "hakobi bench"
"$hakobi" bench --json --directory "$scratch" "$@" | tee -a "$figures"
say "peers, second time"
peers

say "ratios"
python3 -B scripts/ratios.py "$figures" "$("$hakobi" version | head -n 1)" ${WRITE:+--write docs/benchmarks.md}
