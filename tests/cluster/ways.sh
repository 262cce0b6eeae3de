#!/usr/bin/env bash
# One plate of 12 wells, done in all ways, whose images and tables must be the same by hash: tests/cluster/ways.sh STEPWELL [WAY…]
#
#   local      one command
#   killed     the same into a run folder, killed at random moments and resumed
#   snakemake  the generated Snakefile, two jobs at a time, of which one's worker and another's command are killed on the way
#   slurm      the same through Snakemake and Slurm
#   array      the generated job array of Slurm
#
# The last two need a Slurm (see slurm-node.sh), the last three Snakemake 9 in the PATH. Needs bash, find and sha256sum.
set -euo pipefail
stepwell=$(realpath "$1")
shift
ways=${*:-local killed snakemake slurm array}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$stepwell" "$work/bin/stepwell"
export PATH=$work/bin:$PATH
cd "$work"

cat > pipeline.ron <<'RON'
(definitions: 2, steps: [
    (step: PercentileNormalize(()), keep_images: false),
    (step: NucleiCount(()), keep_images: true),
])
RON
plate="$work/it's a {plate} of \$12"
stepwell demo "$plate" --wells 12 --channels 2 --sites 4 --planes 1 --size "${SIZE:-512x512}" > /dev/null 2>&1
options=(--mode sequential --sequential channel --pipeline pipeline.ron)

hashes() { # FOLDER: of all images and tables; what names its own folder is named alike
  (cd "$1" && find images tables -type f | LC_ALL=C sort | while IFS= read -r file; do
    printf '%s  %s\n' "$(sed "s|$PWD|RUN|g" "$file" | sha256sum | cut -d' ' -f1)" "$file"
  done)
}
# Kills the command that does a well, or its worker, once it is there.
kill_one() { # command|worker WELL
  for _ in $(seq 1000); do
    for place in /proc/[0-9]*; do
      [ "$(readlink "$place/exe")" = "$stepwell" ] || continue
      case $(tr '\0' ' ' < "$place/cmdline") in *" $work/"*" --wells $2 "*) ;; *) continue ;; esac
      pid=${place#/proc/}
      [ "$1" = command ] || pid=$(grep -ls "^PPid:[[:space:]]*$pid\$" /proc/[0-9]*/status | cut -d/ -f3 | head -1 || true)
      # What it tries first is over a moment later.
      if [ -n "$pid" ] && sleep 0.3 && kill -KILL "$pid" 2> /dev/null; then
        echo "    killed the $1 of $2 ($pid)"
        return
      fi
    done 2> /dev/null
    sleep 0.02
  done
  echo "    no $1 of $2 was seen"
}
until_idle() { while [ -n "$(squeue -h)" ]; do sleep 1; done; }

for way in $ways; do
  began=$(date +%s%N)
  run="$work/$way-run {x} it's"
  case $way in
  local) stepwell run "$plate" "${options[@]}" --into "$run" > /dev/null 2>&1 ;;
  killed)
    set -- run "$plate" "${options[@]}" --into "$run"
    for try in $(seq 12); do
      stepwell "$@" > out.txt 2>&1 &
      pid=$!
      [ "$try" -lt 12 ] && { sleep "0.$((RANDOM % 9))"; kill -KILL "$pid" 2> /dev/null && echo "    killed the command"; } || true
      if wait "$pid" 2> /dev/null; then break; fi
      if ls "$run"/stretches/*.ron > /dev/null 2>&1; then set -- resume "$run"; fi
    done
    ;;
  snakemake | slurm)
    stepwell workflow "$plate" "${options[@]}" --engine snakemake --wells-per-job 1 --out "$way flow" --into "$run" > /dev/null 2>&1
    how=(--jobs 2)
    [ "$way" = snakemake ] || how=(--profile profiles/slurm --jobs 2 --default-resources slurm_partition=main --slurm-no-account
      --slurm-status-command squeue --slurm-init-seconds-before-status-checks 3 --seconds-between-status-checks 3 --latency-wait 5)
    kill_one worker B02 &
    kill_one command C01 &
    (cd "$way flow" && snakemake "${how[@]}") > "$way.log" 2>&1 || { tail -40 "$way.log"; exit 1; }
    wait
    echo "    jobs tried again: $(grep -c 'Trying to restart job' "$way.log" || true)"
    ;;
  array)
    stepwell workflow "$plate" "${options[@]}" --engine slurm --wells-per-job 1 --out "array {flow}" --into "$run" > /dev/null 2>&1
    kill_one worker B02 &
    kill_one command C01 &
    bash "array {flow}/submit.sh" --partition=main > array.log
    until_idle
    wait
    cat "array {flow}"/logs/merge.log | sed 's/^/    /'
    ;;
  esac
  took=$((($(date +%s%N) - began) / 1000000))
  hashes "$run" > "$way.sums"
  ls "$run/record.ron" > /dev/null
  if [ ! -e first.sums ]; then cp "$way.sums" first.sums; fi
  cmp -s first.sums "$way.sums" || { echo "$way differs:"; diff first.sums "$way.sums"; exit 1; }
  echo "$way: $(wc -l < "$way.sums") images and tables, the same by hash; $took ms"
done
