#!/bin/sh
# Photographs the views that only the guide shows, beside those of make.sh: a review, leaks and honesty, shortcuts, a cross-validation…
#   screenshots/guide.sh PROGRAM [WIDTHxHEIGHT] [FOLDER] [THEME]      (`./studio screenshots` builds PROGRAM and calls this after make.sh)
# Buttons without a key are clicked where they lie, in pixels from the upper left or right corner, so the size does not matter.
set -eu

program=$(readlink -f "${1:?usage: screenshots/guide.sh PROGRAM [WIDTHxHEIGHT] [FOLDER] [THEME]}")
size=${2:-1280x800}
folder=${3:-$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)}
theme=${4:-dark}
# shellcheck source=screenshots/window.sh
. "$(dirname -- "$0")/window.sh"
project=$scratch/sample

"$program" new "$project" --sample
"$program" scan "$project"
run=$("$program" train "$project" --epochs 6)
"$program" evaluate "$project" "$run" >/dev/null
"$program" background "$project" "$run" >/dev/null
"$program" clusters "$project" "$run" >/dev/null

begin_screen "$size"
open "$theme" "$project"
press ctrl+1
click 378 69
# Thumbnails take a moment the first time.
shoot collect-web 8
press ctrl+2
click 161 64
# Near-duplicates, the third kind that the sample has.
click 140 153
shoot review
click 216 64
click 923 61
shoot balance
press ctrl+3
click 756 65
shoot honest-split 15
press ctrl+5
sleep 3
click -69 148
shoot shortcuts 6
press ctrl+4
click 219 359
tries=0
until [ "$(cat "$project"/cache/cross-validation/*/folds.jsonl 2>/dev/null | wc -l)" -ge 5 ]; do
    tries=$((tries + 1))
    [ "$tries" -le 600 ] || { echo 'guide.sh: the cross-validation did not end' >&2; exit 1; }
    sleep 1
done
shoot cross-validate 5
close
