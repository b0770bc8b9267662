#!/bin/sh
# Makes the sample's films and images from the reference data: three films, their first ten scenes, encoded smaller;
# six portraits a class, four at least as they are, and four junk files that an importer must name.
#   assets/sample/make.sh DATA      (DATA holds films/ and scraped/, see LICENSE.md for where those come from)
set -eu
data=${1:?usage: assets/sample/make.sh DATA}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$here/films"

# NAME FRAMES: up to the last frame of the tenth scene in films.truth.csv.
while read -r name frames; do
    ffmpeg -nostdin -v error -y -i "$data/films/$name.mp4" -frames:v "$frames" -an \
        -c:v libx264 -preset veryslow -crf 27 -pix_fmt yuv420p -movflags +faststart -map_metadata -1 \
        "$here/films/$name.mp4"
done <<FILMS
drakes 872
elves 904
undead 807
FILMS

for class in drakes elves undead; do
    mkdir -p "$here/portraits/$class"
    for number in 000 001 002 004 006 008; do
        ffmpeg -nostdin -v error -y -i "$data/scraped/$class/$number.jpg" -vf "scale='min(320,iw)':-2" -q:v 4 \
            -map_metadata -1 "$here/portraits/$class/$number.jpg"
    done
done
# Junk, as a scraper brings it home.
cp "$data/scraped/drakes/page.jpg" "$here/portraits/drakes/page.jpg"
cp "$data/scraped/elves/empty.png" "$here/portraits/elves/empty.png"
cp "$data/scraped/undead/really_webp.jpg" "$here/portraits/undead/really_webp.jpg"
head -c 3000 "$data/scraped/undead/truncated.jpg" >"$here/portraits/undead/truncated.jpg"
chmod -R u+w "$here"
du -sh "$here"
