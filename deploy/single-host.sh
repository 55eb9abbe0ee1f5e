#!/usr/bin/env bash
# A cluster on this machine: a seed and some trainers, as processes of their own in the background.
#
#   deploy/single-host.sh up [FOLDER]      starts what is not running yet, and waits until it is up
#   deploy/single-host.sh status [FOLDER]  asks the cluster
#   deploy/single-host.sh down [FOLDER]    ends all of it in good order; a run goes on after the next up
#
# FOLDER (default ./compo-cluster) holds state, logs and process ids. From the environment: TRAINERS (default 1), THREADS (of each trainer; default the
# processors divided among them), PORT (of the seed, default 4053; trainers take the next ones), HTTP_PORT (of the seed, default auto),
# BIN (the folder of ComPO.Node and ComPO.Admin as ./build.ps1 -Task Publish makes them, default artifacts).
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
action=${1:-}
folder=${2:-compo-cluster}
trainers=${TRAINERS:-1}
port=${PORT:-4053}
bin=${BIN:-$here/artifacts}
seed="akka.tcp://ComPO@127.0.0.1:$port"

usage() { sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2; }
running() { [ -s "$folder/$1.pid" ] && kill -0 "$(cat "$folder/$1.pid")" 2>/dev/null; }

# launch NAME OPTION…
launch() {
  local name=$1
  shift
  if running "$name"; then
    echo "$name is running"
    return
  fi
  : > "$folder/$name.out"
  nohup dotnet "$bin/ComPO.Node/ComPO.Node.dll" "$@" --state "$folder/$name" >> "$folder/$name.out" 2>> "$folder/$name.log" < /dev/null &
  echo $! > "$folder/$name.pid"
}

# A node prints a line when it is up.
await() {
  local name=$1
  for _ in $(seq 600); do
    if grep -q 'is up$' "$folder/$name.out"; then
      grep 'is up$' "$folder/$name.out" | tail -n 1
      return
    fi
    running "$name" || break
    sleep 0.2
  done
  echo "$name did not come up: $(tail -n 1 "$folder/$name.log")" >&2
  exit 1
}

names() { echo seed; for i in $(seq "$trainers"); do echo "trainer$i"; done; }

case $action in
  up)
    [ -f "$bin/ComPO.Node/ComPO.Node.dll" ] || { echo "$bin has no ComPO.Node: run ./build.ps1 -Task Publish, or name its folder in BIN." >&2; exit 1; }
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    processors=$(nproc)
    threads=${THREADS:-$((processors > trainers ? processors / trainers : 1))}
    launch seed --role seed --port "$port" --http-port "${HTTP_PORT:-auto}"
    await seed
    for i in $(seq "$trainers"); do
      launch "trainer$i" --role trainer --port $((port + i)) --seed-node "$seed" --threads "$threads"
    done
    for name in $(names); do [ "$name" = seed ] || await "$name"; done
    ;;
  status)
    exec dotnet "$bin/ComPO.Admin/ComPO.Admin.dll" status --contact "$seed"
    ;;
  down)
    # Trainers first: they hand their work back to whoever leads.
    for file in "$folder"/trainer*.pid "$folder/seed.pid"; do
      [ -s "$file" ] || continue
      name=$(basename "$file" .pid)
      if running "$name"; then
        kill -TERM "$(cat "$file")"
        for _ in $(seq 300); do running "$name" || break; sleep 0.2; done
        if running "$name"; then echo "$name has not ended within a minute; its process is $(cat "$file")." >&2; exit 1; fi
        echo "$name has ended"
      fi
      rm "$file"
    done
    ;;
  *) usage ;;
esac
