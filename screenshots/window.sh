# The real window on a virtual screen, driven by keys and the pointer; to be sourced after `program`, `size`, `folder` and `theme` are set.
# Brings screen.sh along, which has $scratch.

# shellcheck source=screenshots/screen.sh
. "$(dirname -- "$0")/screen.sh"

# open THEME [PROJECT]: starts the window, fills the screen with it, gives it the keys (there is no window manager).
open() {
    with=$1
    shift
    mkdir -p "$XDG_CONFIG_HOME/cutting-room"
    echo "theme = \"$with\"" >"$XDG_CONFIG_HOME/cutting-room/settings.toml"
    # Pictures show what stays there; the guide through a first project goes.
    [ -e "$XDG_CONFIG_HOME/cutting-room/window.toml" ] || echo 'guide = "dismissed"' >"$XDG_CONFIG_HOME/cutting-room/window.toml"
    "$program" "$@" &
    window=$!
    id=$(xdotool search --sync --onlyvisible --name '^Cutting Room$' | head -n 1)
    xdotool windowmove "$id" 0 0 windowsize "$id" "${size%x*}" "${size#*x}" windowfocus "$id"
    away
    sleep 3
}

close() {
    kill "$window"
    wait "$window" 2>/dev/null || true
    window=
}

press() {
    for key in "$@"; do
        xdotool key "$key"
        sleep 0.4
    done
}

# Where the pointer hovers over nothing.
away() {
    xdotool mousemove "$((${size%x*} - 2))" "$((${size#*x} - 2))"
}

# click X Y: pixels from the left, or from the right if X is below zero, and from the top.
click() {
    x=$1
    [ "$x" -ge 0 ] || x=$((${size%x*} + x))
    xdotool mousemove "$x" "$2"
    sleep 0.3
    xdotool click 1
    sleep 0.3
    away
}

shoot() {
    sleep "${2:-3}"
    import -window root -strip "$folder/$1.png"
    echo "$folder/$1.png"
}
