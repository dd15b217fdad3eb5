#!/bin/sh
# Starts a scheduler and two workers by Dask's own commands, converts the sample through them, and compares the bytes
# with those of a local run. `make cluster-demo` runs it.
#
# usage: docs/cluster-demo.sh BIN DEMO
#   BIN   the folder of the commands `cityconv` and `dask`
#   DEMO  the folder of the sample of `make demo`, and of the outputs
set -eu
bin=$1
demo=$2
address=tcp://127.0.0.1:${CLUSTER_PORT:-18786}
pids=
trap 'kill $pids 2>/dev/null || true; wait' EXIT

"$bin/dask" scheduler --host 127.0.0.1 --port "${address##*:}" --no-dashboard >"$demo/scheduler.log" 2>&1 &
pids="$pids $!"
for number in 1 2; do
    "$bin/dask" worker "$address" --nthreads 1 --no-dashboard \
        --local-directory "$demo/worker-$number" >"$demo/worker-$number.log" 2>&1 &
    pids="$pids $!"
done

"$bin/cityconv" run docs/demo.toml -o "$demo/one" --overwrite
"$bin/cityconv" run docs/demo.toml -o "$demo/cluster" --overwrite --scheduler "$address"
diff -r "$demo/one" "$demo/cluster"
echo "$demo/cluster: the same bytes as $demo/one"
