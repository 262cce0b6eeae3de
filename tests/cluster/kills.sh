#!/usr/bin/env bash
# Kills runs at random moments and lets them go on: tests/cluster/kills.sh STEPWELL [ROUNDS]
#
# A plate of 12 wells is run once whole. Then, round after round, a run of it is begun in a new folder; its command, its worker
# or both are killed after a random time, again and again until a resume comes to its end; and its images and tables must be those of
# the whole run, by hash. Needs bash, find and sha256sum.
set -euo pipefail
stepwell=$(realpath "$1")
rounds=${2:-200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > pipeline.ron <<'RON'
(definitions: 2, steps: [
    (step: PercentileNormalize(()), keep_images: false),
    (step: NucleiCount(()), keep_images: true),
])
RON
"$stepwell" demo plate --wells 12 --channels 2 --sites 2 --planes 1 --size 128x128 > /dev/null

run() { # FOLDER: the words of a run
  echo run plate --mode sequential --sequential channel --pipeline pipeline.ron --into "$1"
}
hashes() { # FOLDER: of all images and tables; what names its own folder is named alike
  (cd "$1" && find images tables -type f | LC_ALL=C sort | while IFS= read -r file; do
    printf '%s  %s\n' "$(sed "s|$PWD|RUN|g" "$file" | sha256sum | cut -d' ' -f1)" "$file"
  done)
}

began=$(date +%s%N)
# shellcheck disable=SC2046
"$stepwell" $(run whole) > /dev/null 2>&1
took=$(( ($(date +%s%N) - began) / 1000000 ))
hashes whole > whole.sums
echo "whole: $(wc -l < whole.sums) files, $took ms"

kills=0 redone=0
for ((round = 1; round <= rounds; round++)); do
  folder="round-$round"
  # shellcheck disable=SC2046
  set -- $(run "$folder")
  for ((try = 0; ; try++)); do
    [ -d "$folder" ] && [ -n "$(ls "$folder/stretches" 2>/dev/null | grep '\.ron$' || true)" ] && set -- resume "$folder"
    if ((try >= 4)); then
      "$stepwell" "$@" > out.txt 2>&1 || { cat out.txt; exit 1; }
      break
    fi
    "$stepwell" "$@" > out.txt 2>&1 &
    pid=$!
    sleep "$(awk -v ms="$((RANDOM % (took + took / 4)))" 'BEGIN { print ms / 1000 }')"
    workers=$(grep -ls "^PPid:[[:space:]]*$pid\$" /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3 || true)
    case $((RANDOM % 3)) in
      0) kill -KILL "$pid" 2>/dev/null && kills=$((kills + 1)) ;;
      1) [ -n "$workers" ] && kill -KILL $workers 2>/dev/null && kills=$((kills + 1)) ;;
      2) kill -KILL "$pid" $workers 2>/dev/null && kills=$((kills + 1)) ;;
    esac || true
    if wait "$pid" 2>/dev/null; then break; fi
  done
  redone=$((redone + $(grep -c 'is done again' out.txt || true)))
  # What is still ending has the folder no longer than a moment.
  hashes "$folder" > round.sums
  cmp -s whole.sums round.sums || { echo "round $round differs:"; diff whole.sums round.sums; exit 1; }
  rm -rf "$folder"
done
echo "$rounds rounds, $kills kills: all images and tables are those of the whole run"
