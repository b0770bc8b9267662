#!/bin/sh
# What the open window costs while nobody touches it: processor time over ten seconds and memory, page by page.
#   benches/idle.sh PROGRAM PROJECT       (needs Xvfb and xdotool; the project should have a run, or Train has no plots)
# Painting is done in software under Xvfb, so the memory has the driver's part in it. A tick is a hundredth of a second.
set -eu

program=$(readlink -f "${1:?usage: benches/idle.sh PROGRAM PROJECT}")
project=$(readlink -f "${2:?usage: benches/idle.sh PROGRAM PROJECT}")
scratch=$(mktemp -d)
export HOME="$scratch" XDG_CONFIG_HOME="$scratch/config" XDG_DATA_HOME="$scratch/data" XDG_RUNTIME_DIR="$scratch"
screen=
window=

# Only what this script started, by its number.
end() {
    for process in $window $screen; do
        kill "$process" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap end EXIT
trap 'exit 130' INT TERM

Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp 3>"$scratch/display" 2>/dev/null &
screen=$!
while [ ! -s "$scratch/display" ]; do sleep 0.1; done
DISPLAY=:$(cat "$scratch/display")
export DISPLAY

"$program" "$project" &
window=$!
id=$(xdotool search --sync --onlyvisible --name '^Cutting Room$' | head -n 1)
xdotool windowmove "$id" 0 0 windowfocus "$id" mousemove 1438 898
sleep 3

# User and system time of the whole process, all threads.
ticks() {
    sed 's/^.*) //' "/proc/$window/stat" | awk '{ print $12 + $13 }'
}

number=0
for page in Collect Cull Split Train Explain; do
    number=$((number + 1))
    xdotool key "ctrl+$number"
    # Pictures load, the first heatmap is computed, news disappear.
    sleep 8
    before=$(ticks)
    sleep 10
    after=$(ticks)
    memory=$(awk '/^VmRSS/ { printf "%.0f MB", $2 / 1024 }' "/proc/$window/status")
    echo "$page: $((after - before)) ticks in 10 s, $memory"
done
