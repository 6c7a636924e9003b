#!/usr/bin/env bash
# Measures Hakobi and its peers in one run, on one disk, and prints figures and ratios. STORES="sqlite postgres mariadb"
# takes those stores, each with its own server and peers (sqlite alone unless told); WRITE=1 writes docs/benchmarks.md,
# WRITE=part with `--cell NAME` and one store only that cell's rows in it, without any peer;
# QUICK=1 takes fewer jobs; HAKOBI=PATH measures that program instead of building it; arguments go to `hakobi bench`.
source "$(dirname -- "${BASH_SOURCE[0]}")/servers.sh"
cd "$root"

read -ra stores <<<"${STORES:-sqlite}"
declare -A debian=(
    [sqlite]=""
    [postgres]="postgresql iproute2 nftables"
    [mariadb]="mariadb-server mariadb-client libtheschwartz-perl libdbd-mysql-perl iproute2 nftables"
)
for store in "${stores[@]}"; do
    [[ -v "debian[$store]" ]] || fail "unknown store $store: sqlite, postgres and mariadb are known"
    packages+=" ${debian[$store]}"
done
# shellcheck disable=SC2086 # a list of words
scripts/setup.sh ${packages:-}

hakobi="${HAKOBI:-}"
if [[ -z "$hakobi" ]]; then
    say "release build"
    build_release hakobi
    hakobi="$(release_path)/hakobi"
fi

venv="$root/.build/peers"
install_peers() {
    [[ -x "$venv/bin/python" ]] || python3 -m venv "$venv"
    # Asks nobody when these very versions are there.
    [[ ! -f "scripts/peers/$1.txt" ]] || "$venv/bin/pip" install -q -r "scripts/peers/$1.txt"
    [[ "$1" == postgres ]] || return 0
    # Oban asks for Python 3.12, for a single type alias that an older one cannot read.
    "$venv/bin/pip" install -q --ignore-requires-python oban==0.7.0
    sed -i 's/^type Result\[T\] = /Result = /' "$venv"/lib/python3*/site-packages/oban/job.py
}

# On the checkout's disk, since a /tmp in memory would make every flush free.
scratch="$(mktemp -d "$root/.build/bench.XXXXXX")"
trap 'stop_servers; remove_far_host; rm -rf -- "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
figures="$scratch/figures"
jobs_each=20000
[[ -z "${QUICK:-}" ]] || jobs_each=5000

declare -A programs=(
    [sqlite]="raw_sqlite.py litequeue_peer.py huey_peer.py"
    [postgres]="raw_postgres.py pgqueuer_peer.py oban_peer.py procrastinate_peer.py celery_peer.py"
    [mariadb]="raw_mariadb.py theschwartz_peer.pl"
)

# The peers before and after, so that a machine that gets busier in between does not flatter anybody.
peers() {
    local program where="$2"
    [[ "${WRITE:-}" != part ]] || return 0
    for program in ${programs[$1]}; do
        case "$program" in
            *.py) "$venv/bin/python" -B "scripts/peers/$program" $where --jobs "$jobs_each" | tee -a "$figures" ;;
            *.pl) perl "scripts/peers/$program" $where --jobs "$jobs_each" | tee -a "$figures" ;;
        esac
    done
}

# Another host: a network namespace, from which the loopback's port of a server can be reached. Takes root.
far=""
make_far_host() {
    local port="$1" card="hk$$"
    PATH="$PATH:/usr/sbin"
    if ((EUID != 0)); then
        say "no second host: a network namespace takes root"
        return 0
    fi
    far="hakobi$$"
    ip netns add "$far"
    ip link add "$card" type veth peer name cable netns "$far"
    ip address add 10.214.0.1/30 dev "$card"
    ip link set "$card" up
    ip -n "$far" address add 10.214.0.2/30 dev cable
    ip -n "$far" link set cable up
    ip -n "$far" link set lo up
    sysctl -qw "net.ipv4.conf.$card.route_localnet=1"
    nft -f - <<RULES
table ip $far {
    chain in {
        type nat hook prerouting priority -100;
        iifname "$card" tcp dport $port dnat to 127.0.0.1
    }
}
RULES
}

remove_far_host() {
    [[ -n "$far" ]] || return 0
    nft delete table ip "$far" 2>/dev/null || true
    ip netns delete "$far" 2>/dev/null || true
    far=""
}

# Lets the other host in, and says how it gets there.
invite_far_host() {
    local store="$1" url="$2" port
    port="${url##*:}" port="${port%%/*}"
    make_far_host "$port"
    [[ -n "$far" ]] || return 0
    case "$store" in
        postgres)
            echo "host all all 10.214.0.0/30 scram-sha-256" >>"$servers/postgres/data/pg_hba.conf"
            psql -q "$url" -c "SELECT pg_reload_conf()" >/dev/null
            ;;
        mariadb)
            (cd "$servers/mariadb/data" && mariadb -S socket -u root -e \
                "CREATE USER hakobi@'10.214.0.2' IDENTIFIED BY '$password'; GRANT ALL ON *.* TO hakobi@'10.214.0.2'")
            ;;
    esac
    ours_at+=(--far "$(command -v ip) netns exec $far" --far-store "${url/127.0.0.1/10.214.0.1}")
}

measure() {
    local store="$1" server_at="" peers_at="--directory $scratch" ours_at=(--directory "$scratch")
    shift
    say "$store: its peers, in an environment of their own"
    [[ "${WRITE:-}" == part ]] || install_peers "$store"
    printf '{"store": "%s"}\n' "$store" >>"$figures"
    case "$store" in
        postgres) start_servers postgres && server_at="$HAKOBI_POSTGRES_URL" ;;
        mariadb) start_servers mariadb && server_at="$HAKOBI_MARIADB_URL" ;;
    esac
    [[ -z "$server_at" ]] || peers_at="--url $server_at" ours_at+=(--store "$server_at")
    if [[ "$store" != sqlite ]]; then
        ours_at+=(--restart "$(restart_command "$store")")
        invite_far_host "$store" "$server_at"
    fi
    say "$store: peers, first time"
    peers "$store" "$peers_at"
    say "$store: hakobi bench"
    "$hakobi" bench --json "${ours_at[@]}" "$@" | tee -a "$figures"
    say "$store: peers, second time"
    peers "$store" "$peers_at"
    remove_far_host
    stop_servers
}

for store in "${stores[@]}"; do measure "$store" "$@"; done

say "ratios"
writing=()
case "${WRITE:-}" in
    "") ;;
    part) writing=(--part docs/benchmarks.md) ;;
    *) writing=(--write docs/benchmarks.md) ;;
esac
python3 -B scripts/ratios.py "$figures" "$("$hakobi" version | head -n 1)" "${writing[@]}"
