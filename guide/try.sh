#!/bin/sh
# Runs every command of the guide as a reader would type it: page after page, in one empty folder, until one fails.
#   guide/try.sh PROGRAM
# Blocks marked `sh,no_run` are left out: they need a network, a cluster or a person who presses Ctrl+C.
set -eu

program=$(readlink -f "${1:?usage: guide/try.sh PROGRAM}")
pages=$(CDPATH='' cd -- "$(dirname -- "$0")/src" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME="$scratch/home"
mkdir -p "$HOME" "$scratch/bin" "$scratch/work"
ln -s "$program" "$scratch/bin/cutting-room"
PATH=$scratch/bin:$PATH
cd "$scratch/work"

# Names of the pages, in the order of the summary.
for page in $(sed -n 's/^- \[.*\](\(.*\))$/\1/p' "$pages/SUMMARY.md"); do
    echo "=== $page"
    awk '/^```/ { on = $0 == "```sh"; next } on' "$pages/$page" >"$scratch/page.sh"
    # In this shell, so that $run of one page is known on the next.
    set -x
    # shellcheck source=/dev/null
    . "$scratch/page.sh"
    { set +x; } 2>/dev/null
done
echo 'every command of the guide has worked'
