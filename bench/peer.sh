#!/usr/bin/env bash
# The engine and the same work in vectorised NumPy, in turn, on one walk. Needs Python 3 and the network once, for NumPy.
#   bench/peer.sh [HOURS] [REPEATS]
set -euo pipefail
cd "$(dirname "$0")/.."

hours="${1:-1}"
repeats="${2:-5}"
there="${CARGO_TARGET_DIR:-target}/peer"
mkdir -p "$there"

# One thread each: the question is what a core does.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

[ -x "$there/venv/bin/python" ] || python3 -m venv "$there/venv"
"$there/venv/bin/pip" install --quiet --disable-pip-version-check 'numpy==2.4.6'

cargo bench -p footing-gait --bench pipeline --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*\/pipeline-[^"]*\)".*/\1/p' >"$there/binary"
binary="$(tail -n 1 "$there/binary")"

"$binary" --hours "$hours" --write "$there/walk.f32"
"$there/venv/bin/python" bench/peer_numpy.py "$there/walk.f32" --ours "$binary" --repeats "$repeats"
