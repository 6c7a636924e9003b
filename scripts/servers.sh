#!/usr/bin/env bash
# Starts real database servers in a scratch directory of the checkout, on loopback, with durable defaults, and stops
# them at the end: `scripts/servers.sh` prints their addresses and waits for Ctrl-C; `scripts/servers.sh [postgres]
# [mariadb] -- COMMAND …` runs a command beside them, with HAKOBI_POSTGRES_URL and HAKOBI_MARIADB_URL set.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

# The pipes and the shells of the servers that are running.
orders=() keepers=()

# As the distributions' own scripts do: neither server runs as root.
owner() { if ((EUID == 0)); then echo "$1"; else id -un; fi; }

# run_as USER SIGNAL COMMAND …: replaces this shell; the kernel sends the signal should this script be killed.
run_as() {
    local user="$1" signal="$2"
    shift 2
    if ((EUID == 0)); then
        exec setpriv --reuid "$user" --regid "$user" --init-groups --pdeathsig "$signal" "$@"
    fi
    exec setpriv --pdeathsig "$signal" "$@"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# The directory of a server, which its user can reach and nobody else can read.
directory_for() {
    local path="$servers/$1" user="$2"
    install -d -m 700 -o "$user" "$path"
    (run_as "$user" KILL test -x "$path") || fail "the user $user cannot reach $path: make its parent directories searchable"
    echo "$path"
}

# keep NAME USER SIGNAL READY COMMAND …: a shell of its own runs the server until the pipe with its orders closes, which it
# does when this script ends, however that ends. Each line in the pipe restarts it.
keep() {
    local name="$1" user="$2" signal="$3" ready="$4" path="$servers/$1" order answer=""
    shift 4
    mkfifo "$path.orders" "$path.answers"
    (
        trap : INT TERM HUP
        for order in "${orders[@]}"; do exec {order}>&-; done
        exec 7<"$path.orders"
        while :; do
            (run_as "$user" "$signal" "$@") >>"$path/log" 2>&1 7<&- &
            if await "$!" "$ready"; then echo ready; else echo failed; fi >"$path.answers"
            read -r order <&7 || break
            end "$!" "$signal"
        done
        end "$!" "$signal"
    ) &
    keepers+=("$!")
    exec {order}>"$path.orders"
    orders+=("$order")
    read -r answer <"$path.answers" || true
    [[ "$answer" == ready ]] || { tail -n 20 "$path/log" >&2 && fail "$name did not start"; }
}

# end PID SIGNAL: sends it, and waits for the end however often a signal to this shell cuts that short.
end() {
    kill "-$2" "$1" 2>/dev/null || true
    while kill -0 "$1" 2>/dev/null; do wait "$1" 2>/dev/null || true; done
}

# await PID COMMAND: until the command says that the server answers.
await() {
    local tries
    for ((tries = 0; tries < 3000; tries++)); do
        kill -0 "$1" 2>/dev/null || return 1
        eval "$2" >/dev/null 2>&1 && return
        sleep 0.01
    done
    return 1
}

# What restarts a server, for a shell that has none of this.
restart_command() {
    echo "echo again >'$servers/$1.orders' && read -r answer <'$servers/$1.answers' && test \"\$answer\" = ready"
}

accepts() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_postgres() {
    local bin user path port
    bin="$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -n 1)"
    [[ -n "$bin" ]] || fail "PostgreSQL is missing: apt-get install postgresql"
    user="$(owner postgres)"
    path="$(directory_for postgres "$user")"
    port="$(free_port)"
    (umask 077 && printf '%s\n' "$password" >"$servers/password" && chown "$user" "$servers/password")
    (run_as "$user" KILL "$bin/initdb" -D "$path/data" -U hakobi -A scram-sha-256 --pwfile "$servers/password" \
        -E UTF8 --locale C.UTF-8) >"$path/log" 2>&1 || { cat "$path/log" >&2 && fail "initdb failed"; }
    # An empty socket directory: several scratch servers can run at once, and nothing is left behind.
    # INT: its fast shutdown, which does not wait for clients.
    keep postgres "$user" INT "'$bin/pg_isready' -q -h 127.0.0.1 -p $port" \
        "$bin/postgres" -D "$path/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories=
    HAKOBI_POSTGRES_URL="postgres://hakobi:$password@127.0.0.1:$port/postgres"
    export HAKOBI_POSTGRES_URL PATH="$bin:$PATH"
}

start_mariadb() {
    local server user path port
    server="$(PATH="$PATH:/usr/sbin" command -v mariadbd)" || fail "MariaDB is missing: apt-get install mariadb-server"
    user="$(owner mysql)"
    path="$(directory_for mariadb "$user")"
    port="$(free_port)"
    # A server removes at its start what it takes for its own temporary tables: another's too, in a common folder.
    install -d -m 700 -o "$user" "$path/tmp"
    (run_as "$user" KILL mariadb-install-db --no-defaults --datadir="$path/data" --tmpdir="$path/tmp" --skip-test-db \
        --auth-root-authentication-method=socket) >"$path/log" 2>&1 \
        || { cat "$path/log" >&2 && fail "mariadb-install-db failed"; }
    (umask 077 && cat >"$servers/first.sql" && chown "$user" "$servers/first.sql") <<SQL
CREATE DATABASE IF NOT EXISTS hakobi;
CREATE USER IF NOT EXISTS hakobi@'127.0.0.1' IDENTIFIED BY '$password';
CREATE USER IF NOT EXISTS hakobi@localhost IDENTIFIED BY '$password';
GRANT ALL ON *.* TO hakobi@'127.0.0.1';
GRANT ALL ON *.* TO hakobi@localhost;
SQL
    # Debian's character set, and otherwise the server's defaults. The socket's path is relative to the data, since a
    # socket's path must be short.
    keep mariadb "$user" TERM "accepts $port" "$server" --no-defaults --datadir="$path/data" --tmpdir="$path/tmp" \
        --port="$port" --bind-address=127.0.0.1 --socket=socket --pid-file=pid --character-set-server=utf8mb4 \
        --collation-server=utf8mb4_general_ci --init-file="$servers/first.sql"
    export HAKOBI_MARIADB_URL="mysql://hakobi:$password@127.0.0.1:$port/hakobi"
}

stop_servers() {
    local order keeper
    [[ -z "${idle_pid:-}" ]] || kill "$idle_pid" 2>/dev/null || true
    for order in "${orders[@]}"; do exec {order}>&-; done
    for keeper in "${keepers[@]}"; do wait "$keeper" 2>/dev/null || true; done
    orders=() keepers=()
    [[ -z "${servers:-}" ]] || rm -rf -- "$servers"
}

# start_servers [postgres] [mariadb]: who calls it has to call stop_servers at the end, in a trap; twice does no harm.
start_servers() {
    local store
    mkdir -p "$root/.build"
    # On the checkout's disk, since a /tmp in memory would make every flush free.
    servers="$(mktemp -d "$root/.build/servers.XXXXXX")"
    chmod 711 "$servers"
    password="$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')"
    for store in "$@"; do "start_$store"; done
}

main() {
    local stores=()
    while (($# > 0)) && [[ "$1" != -- ]]; do
        [[ "$1" == postgres || "$1" == mariadb ]] || fail "unknown server $1: postgres and mariadb are known"
        stores+=("$1")
        shift
    done
    (($# == 0)) || shift
    ((${#stores[@]} > 0)) || stores=(postgres mariadb)
    trap 'stop_servers' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    start_servers "${stores[@]}"
    if (($# > 0)); then
        "$@"
        return
    fi
    printf '%s\n' ${HAKOBI_POSTGRES_URL:+"$HAKOBI_POSTGRES_URL"} ${HAKOBI_MARIADB_URL:+"$HAKOBI_MARIADB_URL"}
    # A wait that a signal can end at once; it ends with this script, however that ends.
    setpriv --pdeathsig KILL sleep infinity &
    idle_pid=$!
    wait "$idle_pid" || true
}

[[ "${BASH_SOURCE[0]}" != "$0" ]] || main "$@"
