# Thin on purpose: what happens is in scripts/*.sh, which run from any directory.
.PHONY: run test soak bench bench-log format docs setup

run:    ; @scripts/run.sh
test:   ; @scripts/test.sh
soak:   ; @scripts/soak.sh
bench:  ; @scripts/bench.sh
bench-log: ; @scripts/log-bench.sh
format: ; @scripts/format.sh
docs:   ; @scripts/docs.sh
setup:  ; @scripts/setup.sh
