#!/usr/bin/env bash
# Jobs a second of worker programs (`--worker`) beside a process a job (`--exec`) of the same language, in one run: the
# examples' `echo`, on SQLite without waiting for the disk, two worker processes, the service's start and end included.
# JOBS_EACH=N jobs for each language (10000), and a tenth of them with a process a job; HAKOBI=PATH measures that program
# instead of building it.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
cd "$root"
scripts/setup.sh perl ruby php-cli

hakobi="${HAKOBI:-}"
if [[ -z "$hakobi" ]]; then
    build_release hakobi
    hakobi="$(release_path)/hakobi"
fi
count="${JOBS_EACH:-10000}"
scratch="$(mktemp -d "$root/.build/worker-bench.XXXXXX")"
trap 'rm -rf -- "$scratch"' EXIT
examples="$root/Examples/workers"

# Itself, not a script in front of it that chooses a version.
python="$(python3 -c 'import sys; print(sys.executable)')"
# The examples, and as a process a job what reads its payload and does nothing else.
declare -A workers=(
    [Python]="$python $examples/worker.py" [Ruby]="ruby $examples/worker.rb" [Perl]="perl $examples/worker.pl"
    [PHP]="php $examples/worker.php" [shell]="sh $examples/worker.sh"
)
declare -A programs=(
    [Python]="$python -c 'import json, sys; json.load(sys.stdin)'"
    [Ruby]="ruby -rjson -e 'JSON.parse(STDIN.read)'"
    [Perl]="perl -MJSON::PP -e 'local \$/; decode_json(<STDIN>)'"
    [PHP]="php -r 'json_decode(file_get_contents(\"php://stdin\"));'"
    [shell]="read -r payload"
)

# Jobs a second of a service that does `$1` jobs, given the other arguments.
jobs_a_second() {
    local jobs="$1" store="sqlite:$scratch/$RANDOM.db?synchronous=normal" start end
    shift
    seq "$jobs" | sed 's/.*/{"number":&}/' | "$hakobi" enqueue --store "$store" echo --lines >/dev/null
    start=$EPOCHREALTIME
    "$hakobi" up --store "$store" --processes 2 --once --log-level error "$@"
    end=$EPOCHREALTIME
    awk -v jobs="$jobs" -v start="$start" -v end="$end" 'BEGIN { printf "%.0f", jobs / (end - start) }'
}

printf '| language | `--worker` jobs/s | `--exec` jobs/s | ratio |\n|---|---|---|---|\n'
for language in Python Ruby Perl PHP shell; do
    kept="$(jobs_a_second "$count" --worker "${workers[$language]}")"
    each="$(jobs_a_second $((count / 10)) --exec "echo=${programs[$language]}")"
    printf '| %s | %s | %s | %s |\n' "$language" "$kept" "$each" "$(awk -v kept="$kept" -v each="$each" 'BEGIN { printf "%.3g", kept / each }')"
done
