#!/bin/sh
# The story of the border: ten films, one with thin black borders; a run that learns from them and one that has them cropped.
#   screenshots/border-story.sh PROGRAM FILMS FRAME [FOLDER]
# FILMS is a folder of films, FRAME one of the frames of the film with the border, such as frames/merfolk/000348.jpg. Writes FOLDER/border-story.png (the
# frame and its heatmap, before and after) and prints both audits. Trains twice: some ten minutes on two cores.
set -eu

usage='usage: screenshots/border-story.sh PROGRAM FILMS FRAME [FOLDER]'
program=$(readlink -f "${1:?$usage}")
films=${2:?$usage}
frame=${3:?$usage}
folder=${4:-$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)}
class=$(basename "$(dirname "$frame")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# story PROJECT NAME: both stages, the audit, and the frame with its heatmap.
story() {
    first=$("$program" train "$1" --epochs 3 --size 224 --allow-leaks)
    second=$("$program" train "$1" --stage 2 --from "$first" --epochs 3 --size 224 --allow-leaks)
    "$program" audit "$1" "$second" --faithful-images 0
    "$program" explain "$1" "$second" "$1/$frame" --class "$class" --out "$scratch/$2.png"
}

project=$scratch/films
"$program" new "$project"
"$program" import-film "$project" "$films"/*.mp4 --every 12
"$program" split "$project" --suggest 0.2 --seed 1
story "$project" before
"$program" crop-borders "$project"
story "$project" after
convert "$scratch/before.png" "$scratch/after.png" -background black -gravity center +append -strip "$folder/border-story.png"
