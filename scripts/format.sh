#!/usr/bin/env bash
# Formats every Swift file in place; `scripts/format.sh --check` only complains.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"
places=(Sources Tests Examples Package.swift)
if [[ "${1:-}" == --check ]]; then
    swift format lint --strict --parallel --recursive "${places[@]}"
else
    swift format --in-place --parallel --recursive "${places[@]}"
fi
