#!/usr/bin/env bash
# Jobs a second of worker programs (`--worker`) beside a process a job (`--exec`) of the same language, in one run: the
# examples' `echo`, on SQLite without waiting for the disk, two worker processes. JOBS=N jobs for each program, a tenth of them
# for each process a job; HAKOBI=PATH measures that program instead of building it.
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

# What reads a payload and does nothing else, as each language is started for a job.
declare -A workers=(
    [Python]="python3 $examples/worker.py" [Ruby]="ruby $examples/worker.rb" [Perl]="perl $examples/worker.pl"
    [PHP]="php $examples/worker.php" [shell]="sh $examples/worker.sh"
)
declare -A programs=(
    [Python]="python3 -c 'import json, sys; json.load(sys.stdin)'"
    [Ruby]="ruby -rjson -e 'JSON.parse(STDIN.read)'"
    [Perl]="perl -MJSON::PP -e 'local \$/; decode_json(<STDIN>)'"
    [PHP]="php -r 'json_decode(file_get_contents(\"php://stdin\"));'"
    [shell]="read -r payload"
)

# Seconds from the first job's start to the last one's end, by the log of a service that does `$1` jobs.
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
    printf '| %s | %s | %s | %s |\n' "$language" "$kept" "$each" "$((kept / (each > 0 ? each : 1)))"
done
