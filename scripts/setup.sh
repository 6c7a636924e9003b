#!/usr/bin/env bash
# Installs what is missing to build, test and run, and packages given as arguments; silent, quick and offline when all is
# there. Debian or Ubuntu.
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

# libsqlite3-dev, libpq-dev, libmariadb-dev: the stores. build-essential, pkg-config: C. tmux: the tests watch `hakobi watch` in a real terminal.
# util-linux: setsid, flock, unshare, mount. procps: ps. python3-venv: the peers of `make bench`.
packages=(libsqlite3-dev libpq-dev libmariadb-dev build-essential pkg-config git tmux util-linux procps python3 python3-venv python3-pip "$@")

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        [[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || echo "$package"
    done
}

install_missing() {
    local missing sudo=()
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) && return
    command -v apt-get >/dev/null || fail "missing: ${missing[*]}. Install them; this script knows apt-get only."
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "missing: ${missing[*]}. Run this as root, or install sudo."
        sudo=(sudo)
    fi
    say "installing ${missing[*]}"
    "${sudo[@]}" apt-get update -q
    # A mail server for the tests has a configuration of its own; the machine's mail is none of theirs.
    if [[ " ${missing[*]} " == *" postfix "* ]]; then
        "${sudo[@]}" debconf-set-selections <<<"postfix postfix/main_mailer_type select No configuration"
    fi
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -q --no-install-recommends --no-remove "${missing[@]}"
}

require_swift() {
    local found
    command -v swift >/dev/null || fail "Swift is missing: install 6.2 or newer from https://www.swift.org/install/linux/"
    found="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
    [[ "$(printf '%s\n' 6.2 "$found" | sort -V | head -n 1)" == 6.2 ]] \
        || fail "Swift $found is too old: install 6.2 or newer from https://www.swift.org/install/linux/"
}

install_missing
require_swift
