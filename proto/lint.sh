#!/usr/bin/env bash
# Checks the wire contract with buf (rules: buf.yaml). Needs npm, and the network once. Where it cannot run it says so and does not fail
# the build; where it runs, a finding does.
set -euo pipefail
cd "$(dirname "$0")"

not_run() {
    printf '\n****  NOT RUN: buf lint %s  ****\n\n' "$1"
    exit 0
}

command -v npm >/dev/null || not_run "needs npm"
buf=node_modules/.bin/buf
if [ ! -x "$buf" ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    # The postinstall script only repeats what the optional platform package already brought.
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-timeout=60000 \
        || not_run "could not be fetched by npm (see above; offline?)"
fi
"$buf" --version >/dev/null 2>&1 || not_run "has no executable for this platform"
"$buf" lint
echo "buf lint: passed"
