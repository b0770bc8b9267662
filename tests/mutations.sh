#!/bin/sh
# Damages ten thousand files of each kind (or as many as the first argument says) and reads them: no panic, no hang.
# Films and checkpoints, which take longer, are a tenth and a twentieth of that. Takes about a quarter of an hour.
cd "$(dirname "$0")/.." && CUTTING_ROOM_MUTATIONS="${1:-10000}" cargo test --test library damaged
