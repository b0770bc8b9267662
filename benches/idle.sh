#!/bin/sh
# What the open window costs while nobody touches it: CPU time over ten seconds and memory, page by page.
#   benches/idle.sh PROGRAM PROJECT       (needs Xvfb and xdotool; the project should have a run, or Train has no plots)
# Painting is done in software under Xvfb, so the memory has the driver's part in it. A tick is a hundredth of a second.
set -eu

program=$(readlink -f "${1:?usage: benches/idle.sh PROGRAM PROJECT}")
project=$(readlink -f "${2:?usage: benches/idle.sh PROGRAM PROJECT}")
# shellcheck source=screenshots/screen.sh
. "$(dirname -- "$0")/../screenshots/screen.sh"

begin_screen 1440x900

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
    # Images load, the first heatmap is computed, news disappear.
    sleep 8
    before=$(ticks)
    sleep 10
    after=$(ticks)
    memory=$(awk '/^VmRSS/ { printf "%.0f MB", $2 / 1024 }' "/proc/$window/status")
    echo "$page: $((after - before)) ticks in 10 s, $memory"
done
