#!/usr/bin/env bash
# Lines a second of MinimalLog beside swift-log's own handler and Log::Minimal's infof in Perl, taking turns in one run; then what a
# call costs that prints nothing, in allocations and nanoseconds; then a trace, as an optimized build tells it.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"
scripts/setup.sh perl
build_release log-fixture
fixture="$(release_path)/log-fixture"
"$fixture" bench scripts/peers/log-minimal.pl
"$fixture" muted
"$fixture" stack
