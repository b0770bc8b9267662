#!/bin/sh
# Makes what is handed on for Linux: OUT/cutting-room-VERSION-ARCH.tar.gz, to be unpacked over /usr/local or ~/.local, and with
# dpkg-deb a .deb. Both hold the program, a desktop entry with icon, pages for man, completions and the licenses.
#
#     packaging/linux.sh OUT [PROGRAM]      PROGRAM: one that is built already
#
# macOS: `cargo build --release` needs Apple's command line tools only; an application bundle has to be signed by a developer account.
# Windows: `cargo build --release` needs the MSVC build tools. Both need ffmpeg beside them and have not been tried.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n 's/^# \{0,1\}//p' "$0" | sed 1d; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
if [ $# -ge 2 ]; then
    program=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
else
    (cd "$root" && cargo build --release --locked)
    program=${CARGO_TARGET_DIR:-$root/target}/release/cutting-room
fi
version=$("$program" --version | cut -d ' ' -f 2)
machine=$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage

put() { # MODE FILE PLACE
    mkdir -p "$stage/$(dirname "$3")"
    cp "$2" "$stage/$3"
    chmod "$1" "$stage/$3"
}
put 755 "$program" bin/cutting-room
put 644 "$root/assets/linux/cutting-room.desktop" share/applications/cutting-room.desktop
put 644 "$root/assets/linux/cutting-room.svg" share/icons/hicolor/scalable/apps/cutting-room.svg
put 644 "$root/assets/linux/cutting-room.png" share/icons/hicolor/256x256/apps/cutting-room.png
for text in README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE assets/LICENSE-efficientnet-lite0; do
    put 644 "$root/$text" "share/doc/cutting-room/$(basename "$text")"
done
# What is inside the program and not its own: fonts, and the films and pictures of the sample.
for text in "$root"/assets/fonts/LICENSE-*.txt; do
    put 644 "$text" "share/doc/cutting-room/$(basename "$text")"
done
put 644 "$root/assets/sample/LICENSE.md" share/doc/cutting-room/LICENSE-sample.md
"$program" man "$stage/share/man/man1" > /dev/null
find "$stage/share/man/man1" -name '*.1' -exec gzip -9n {} +
mkdir -p "$stage/share/bash-completion/completions" "$stage/share/zsh/site-functions" "$stage/share/fish/vendor_completions.d"
"$program" completions bash > "$stage/share/bash-completion/completions/cutting-room"
"$program" completions zsh > "$stage/share/zsh/site-functions/_cutting-room"
"$program" completions fish > "$stage/share/fish/vendor_completions.d/cutting-room.fish"

name=cutting-room-$version-$machine
mv "$stage" "$work/$name"
(cd "$work" && tar --owner=0 --group=0 --sort=name -czf "$out/$name.tar.gz" "$name")
echo "$out/$name.tar.gz"

command -v dpkg-deb > /dev/null || exit 0
mkdir -p "$work/deb/DEBIAN"
mv "$work/$name" "$work/deb/usr"
case $machine in
    x86_64) debian=amd64 ;;
    aarch64) debian=arm64 ;;
    *) debian=$machine ;;
esac
cat > "$work/deb/DEBIAN/control" <<END
Package: cutting-room
Version: $version
Architecture: $debian
Maintainer: The Cutting Room developers <nobody@localhost>
Installed-Size: $(du -sk "$work/deb/usr" | cut -f 1)
Depends: libc6, libgcc-s1, ffmpeg
Recommends: libgl1, libxkbcommon-x11-0
Section: graphics
Priority: optional
Description: turns films and scraped images into an image classifier
 Browse frames, reject bad images, hold out whole scenes for validation, train
 with live plots, and see by heatmaps what a prediction rests on.
END
dpkg-deb --root-owner-group --build "$work/deb" "$out/cutting-room_${version}_$debian.deb" > /dev/null
echo "$out/cutting-room_${version}_$debian.deb"
