# Sourced: starts a PostgreSQL cluster in a temporary folder, on a socket only, with fsync on; it goes with the shell.
#   start_cluster; url_of DATABASE; $cluster_pid
cluster_bin() {
    local found
    found="$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)"
    [ -n "$found" ] || found="$(command -v postgres || true)"
    [ -n "$found" ] || { echo "PostgreSQL 15 or newer is needed" >&2; exit 1; }
    dirname "$(readlink -f "$found")"
}

start_cluster() {
    cluster_dir="$(mktemp -d /tmp/footing-bench-pg-XXXXXX)"
    pg_bin="$(cluster_bin)"
    # PostgreSQL refuses to run as root.
    as_postgres=()
    if [ "$(id -u)" = 0 ]; then
        chown postgres "$cluster_dir"
        as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
    fi
    trap stop_cluster EXIT
    (cd / && "${as_postgres[@]}" "$pg_bin/initdb" -N --auth=trust --username=postgres --encoding=UTF8 --locale=C \
        -D "$cluster_dir/data" >/dev/null)
    (cd / && "${as_postgres[@]}" "$pg_bin/pg_ctl" start --wait --silent --pgdata="$cluster_dir/data" \
        --log="$cluster_dir/log" --options="-k $cluster_dir -c listen_addresses= -c shared_buffers=1GB \
        -c max_wal_size=4GB -c checkpoint_timeout=15min" </dev/null >/dev/null)
    cluster_pid="$(head -n 1 "$cluster_dir/data/postmaster.pid")"
}

stop_cluster() {
    (cd / && "${as_postgres[@]}" "$pg_bin/pg_ctl" stop --silent --mode=immediate --pgdata="$cluster_dir/data") || true
    rm -rf "$cluster_dir"
}

create_database() {
    "$pg_bin/psql" -qh "$cluster_dir" -U postgres -c "CREATE DATABASE $1" postgres
}

url_of() {
    echo "postgres:///$1?host=$cluster_dir&user=postgres"
}
