# A virtual screen and a scratch home for scripts that show the real window; to be sourced.
#   begin_screen WIDTHxHEIGHT     sets DISPLAY, $scratch and the folders of settings; at exit all of it ends
# Sets $screen; the script keeps its window's process in $window.

scratch=$(mktemp -d)
export HOME="$scratch" XDG_CONFIG_HOME="$scratch/config" XDG_DATA_HOME="$scratch/data" XDG_RUNTIME_DIR="$scratch"
screen=
window=

# Only what the script started, by its number.
end_screen() {
    for process in $window $screen; do
        kill "$process" 2>/dev/null || true
    done
    rm -rf "$scratch"
}
trap end_screen EXIT
trap 'exit 130' INT TERM

begin_screen() {
    # The server chooses a free number and writes it.
    Xvfb -displayfd 3 -screen 0 "${1}x24" -nolisten tcp 3>"$scratch/display" 2>/dev/null &
    screen=$!
    while [ ! -s "$scratch/display" ]; do sleep 0.1; done
    DISPLAY=:$(cat "$scratch/display")
    export DISPLAY
}
