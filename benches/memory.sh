#!/bin/sh
# How much memory the window holds through a working session on a project of 5,000 images.
#   benches/memory.sh PROGRAM [IMAGES]       (needs Xvfb, xdotool and ffmpeg)
# Makes the images and imports them, then, in the real window: scrolls through all of them with small and with large
# cells, leafs through the loupe, trains a first stage, looks at its predictions with heatmaps, explains images by every
# method, and rests on Cull. Prints the most that the process held in each step (VmHWM), what it holds after it (VmRSS),
# and both as parts of the bound of 600 MB. Painting is done in software under Xvfb, so the driver's part, textures and
# all, is in it. Exits with 1 if the window ever holds more than the bound.
set -eu

program=$(readlink -f "${1:?usage: benches/memory.sh PROGRAM [IMAGES]}")
images=${2:-5000}
bound_mb=600
# shellcheck source=screenshots/screen.sh
. "$(dirname -- "$0")/../screenshots/screen.sh"
project=$scratch/many

# Ten classes of frames that differ, so that no two thumbnails are the same file.
for class in 0 1 2 3 4 5 6 7 8 9; do
    folder=$scratch/found/class$class
    mkdir -p "$folder"
    ffmpeg -v error -f lavfi -i "testsrc2=size=1280x720:rate=30,hue=h=$((class * 36))" \
        -frames:v "$((images / 10))" -q:v 4 "$folder/%05d.jpg"
done
"$program" new "$project" >/dev/null
"$program" import-images "$project" "$scratch/found" >/dev/null 2>&1
"$program" split "$project" --random 0.2 >/dev/null

begin_screen 1920x1080
"$program" "$project" &
window=$!
id=$(xdotool search --sync --onlyvisible --name '^Cutting Room$' | head -n 1)
xdotool windowmove "$id" 0 0 windowsize "$id" 1920 1080 windowfocus "$id" mousemove 960 600
sleep 5

# field NAME: of the process, in MB.
field() {
    awk -v name="^$1:" '$0 ~ name { printf "%d", $2 / 1024 }' "/proc/$window/status"
}

# report STEP: and begins the next one's peak.
most=0
report() {
    peak=$(field VmHWM)
    now=$(field VmRSS)
    echo "$1: at most $peak MB ($((peak * 100 / bound_mb)) %), then $now MB ($((now * 100 / bound_mb)) %)"
    if [ "$peak" -gt "$most" ]; then most=$peak; fi
    echo 5 >"/proc/$window/clear_refs"
}

# press KEY COUNT PAUSE
press() {
    count=0
    while [ "$count" -lt "$2" ]; do
        xdotool key "$1"
        sleep "$3"
        count=$((count + 1))
    done
}

report "opened"
xdotool key ctrl+2
sleep 2
press Next "$((images / 25 + 10))" 0.15
sleep 3
report "culled, usual cells"
press Home 1 1
press Return 1 1
press Right 60 0.4
press Escape 1 1
report "loupe, 60 images"

xdotool key ctrl+4
sleep 3
xdotool key ctrl+Return
started=$(date +%s)
# The run has ended when its last line says so.
until grep -q '"kind":"finished"' "$project"/runs/*/metrics.jsonl 2>/dev/null; do
    if [ "$(($(date +%s) - started))" -gt "${PATIENCE:-1500}" ]; then
        echo "memory.sh: the run did not end" >&2
        exit 1
    fi
    sleep 1
done
sleep 1
report "trained stage 1"
sleep 5
xdotool key ctrl+5
sleep 4
press h 1 8
press Right 30 0.5
report "evaluated, with heatmaps"
xdotool key ctrl+6
sleep 8
report "explained one image"
press Right 30 0.7
report "explained 30 images by the first method"
for method in 1 2 3 4 5 6 7 8 9; do
    press m 1 4
    press Right 4 2
done
report "explained images by every method"
xdotool key ctrl+2
sleep 20
report "at rest on Cull"
echo "peak $most MB, $((most * 100 / bound_mb)) % of $bound_mb MB"
[ "$most" -le "$bound_mb" ]
