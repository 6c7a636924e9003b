#!/usr/bin/env bash
# The same tests with every fault and history at full length.
export HAKOBI_SOAK=1
exec "$(dirname -- "${BASH_SOURCE[0]}")/test.sh" "$@"
