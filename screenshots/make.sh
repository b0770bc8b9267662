#!/bin/sh
# Photographs every page of the real window under Xvfb, on the sample project with two trained runs and one that the window trains.
#   screenshots/make.sh PROGRAM [WIDTHxHEIGHT] [FOLDER] [THEME]      (`./studio screenshots` builds PROGRAM and calls this)
set -eu

program=$(readlink -f "${1:?usage: screenshots/make.sh PROGRAM [WIDTHxHEIGHT] [FOLDER] [THEME]}")
size=${2:-1440x900}
folder=${3:-$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)}
theme=${4:-dark}
# shellcheck source=screenshots/window.sh
. "$(dirname -- "$0")/window.sh"
project=$scratch/sample

"$program" new "$project" --sample
"$program" decide "$project" --reject --paths frames/drakes/000000.jpg frames/drakes/000012.jpg frames/elves/000072.jpg
"$program" decide "$project" --keep --paths frames/drakes/000036.jpg frames/drakes/000048.jpg frames/drakes/000060.jpg
stage1=$("$program" train "$project" --epochs 6)
stage2=$("$program" train "$project" --stage 2 --from "$stage1" --epochs 2)

begin_screen "$size"

# await COUNT TEXT: until the stage-2 run that the window started has written so many lines with TEXT.
await() {
    tries=0
    while :; do
        for run in "$project"/runs/*-s2; do :; done
        lines=$(grep -c "$2" "$run/metrics.jsonl" 2>/dev/null || true)
        if [ "$(basename "$run")" != "$stage2" ] && [ "${lines:-0}" -ge "$1" ]; then break; fi
        tries=$((tries + 1))
        if [ "$tries" -gt 1500 ]; then
            echo "make.sh: the run in the window did not come to $1 lines with $2" >&2
            exit 1
        fi
        sleep 0.2
    done
}

open "$theme" "$project"
press ctrl+1
shoot collect
press ctrl+2
press Right Right Right Right Right
shoot cull
press Return
shoot loupe
press Escape
press question
shoot keys
press Escape
press ctrl+3
shoot split
press ctrl+4
# A busy machine needs a moment until the page knows the runs.
sleep 3
# A stage-2 run, started by its keys: long enough to be photographed half-way, with progress and its buttons.
press ctrl+shift+Return
await 2 '"kind":"epoch"'
shoot train 1
await 1 '"kind":"finished"'
# A sweep of stage 1 over the features that the first run kept: a moment.
press ctrl+l
shoot find-lr 12
# Explains the image that is current in Cull.
press ctrl+2 h
shoot explain 6
press m m m m m m m m
shoot explain-guided 4
press m m
close
# Every run that is there, so that the best one is measured whichever it is.
for run in "$project"/runs/*; do "$program" evaluate "$project" "$(basename "$run")" >/dev/null; done
open "$theme" "$project"
press ctrl+5
sleep 3
press Right h
shoot evaluate 12
press ctrl+7
shoot publish
close
open "$theme"
shoot start
close
open light "$project"
press ctrl+2 Right Right
shoot cull-light
close
