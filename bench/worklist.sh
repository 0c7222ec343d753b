#!/usr/bin/env bash
# The worklist of a demonstration clinic with 2,000 further patients, asked 200 times, one after the other.
#   bench/worklist.sh [PATIENTS] [REQUESTS]
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo run --quiet --release -p footing-tests --example worklist -- "$@"
