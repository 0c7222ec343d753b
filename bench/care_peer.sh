#!/usr/bin/env bash
# One herd of prompts through Footing, and as many jobs through graphile-worker, in turn on one PostgreSQL cluster.
# Ours includes what the peer leaves to its tasks: looking the patient and the rules up, and the row of each attempt.
# The herd meets a database that has sent before: of a table nobody has gathered statistics of yet PostgreSQL expects little.
# Needs Node 20 and, once, the network.
#   bench/care_peer.sh [HERD] [REPEATS]
set -euo pipefail
cd "$(dirname "$0")/.."
root="$PWD"
. bench/cluster.sh

herd="${1:-50000}"
repeats="${2:-3}"
cargo build --quiet --release -p footing-simulator
target="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)"
there="$target/care-peer"
mkdir -p "$there"
[ -d "$there/node_modules/graphile-worker" ] ||
    (cd "$there" && npm install --silent --no-audit --no-fund graphile-worker@0.17.3 pg@8)

start_cluster
for turn in $(seq "$repeats"); do
    create_database "ours$turn"
    "$target/release/footing-sim" care-bench --json --patients "$herd" --herd "$herd" --schedules 3 \
        --database-url "$(url_of "ours$turn")" >"$there/ours.json"
    create_database "peer$turn"
    (cd "$there" && NODE_PATH="$there/node_modules" node "$root/bench/care_peer.mjs" "$(url_of "peer$turn")" "$herd" >peer.json)
    node -e '
        const [ours, peer] = process.argv.slice(1).map((file) => JSON.parse(require("fs").readFileSync(file)));
        const herd = ours.figures.find((figure) => figure.name === "sent of a herd");
        const n = (value) => Math.round(value).toString().padStart(7);
        console.log(`due to acknowledged /s: ours ${n(herd.per_second)}   graphile-worker: enqueue ${n(peer.enqueue)}`
            + ` dispatch ${n(peer.dispatch)} both ${n(peer.both)}   ratio ${(herd.per_second / peer.both).toFixed(2)}`
            + `   load ${ours.load_average}`);
    ' "$there/ours.json" "$there/peer.json"
done
