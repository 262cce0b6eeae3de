#!/bin/bash
# Processes one plate with Stepwell through Slurm: a job array with a task for each line of jobs.tsv, and a job that puts
# the wells together.
#
#   bash submit.sh [options of sbatch, such as --partition=main --account=lab]
#
# settings.sh has what the tasks share, pipeline.ron the steps. The results are in the run folder (“into” in settings.sh),
# which any Stepwell window follows while it fills.
#
# Slurm does not try a failed task again by itself, nor with more memory. So the array is submitted several times, each
# after the one before and with more memory and time; a task that is done (done/) ends at once. Submitting all again
# later does what is left.
set -eu
cd "$(dirname "$0")"
. ./settings.sh
mkdir -p done logs

after=()
for ((attempt = 1; attempt <= attempts; attempt++)); do
  id=$(sbatch --parsable "$@" "${after[@]}" --job-name=stepwell --chdir="$PWD" --array="1-$jobs" \
    --cpus-per-task="$threads" --mem="$((mem_mb * attempt))M" --time="$((minutes * attempt))" \
    --output="logs/wells-$attempt-%a.log" wells.sbatch "$attempt")
  id=${id%%;*}
  echo "Attempt $attempt: job $id, $jobs tasks of $((mem_mb * attempt)) MB"
  after=(--dependency="afterany:$id")
done
id=$(sbatch --parsable "$@" "${after[@]}" --job-name=stepwell-merge --chdir="$PWD" --mem="${merge_mem_mb}M" \
  --time="$merge_minutes" --output=logs/merge.log merge.sbatch)
echo "Merge: job ${id%%;*}"
