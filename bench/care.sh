#!/usr/bin/env bash
# Planning, sweeping and sending for many patients, on SQLite and then on a PostgreSQL cluster made for it.
#   bench/care.sh [PATIENTS] [sqlite|postgres|both] [OPTIONS OF care-bench]
set -euo pipefail
cd "$(dirname "$0")/.."
. bench/cluster.sh

patients="${1:-50000}"
engine="${2:-both}"
shift $(($# < 2 ? $# : 2))
cargo build --quiet --release -p footing-simulator
sim="${CARGO_TARGET_DIR:-target}/release/footing-sim"

if [ "$engine" != postgres ]; then
    "$sim" care-bench --patients "$patients" "$@"
fi
if [ "$engine" != sqlite ]; then
    start_cluster
    create_database care
    "$sim" care-bench --patients "$patients" --database-url "$(url_of care)" --postgres-pid "$cluster_pid" "$@"
fi
