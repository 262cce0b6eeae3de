#!/bin/bash
# A Slurm of one node on the loopback address, for trying workflows. As root, on a machine that has no other Slurm:
#   apt-get install --no-install-recommends slurm-wlm munge
#   slurm-node.sh start FOLDER     its files and process ids go there
#   slurm-node.sh stop FOLDER
# It writes /etc/slurm/slurm.conf, because jobs do not inherit a variable that names another file.
set -eu
action=$1
folder=$(realpath -m "$2")

case $action in
start)
  if [ -s /etc/slurm/slurm.conf ] && ! grep -q "^# of slurm-node.sh" /etc/slurm/slurm.conf; then
    echo "/etc/slurm/slurm.conf is there and is not of this script" >&2
    exit 1
  fi
  mkdir -p "$folder/state" "$folder/spool" /etc/slurm /run/munge
  chown munge: /run/munge
  memory=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024 * 8 / 10))
  cat > /etc/slurm/slurm.conf <<CONF
# of slurm-node.sh
ClusterName=one
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
SlurmctldPort=46817
SlurmdPort=46818
AccountingStorageType=accounting_storage/none
ReturnToService=2
MpiDefault=none
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  [ -s /etc/munge/munge.key ] || /usr/sbin/mungekey
  runuser -u munge -- /usr/sbin/munged --pid-file=/run/munge/munged.pid
  slurmctld
  slurmd
  for _ in $(seq 50); do
    if [ "$(timeout 10 srun -n1 echo works 2> /dev/null)" = works ]; then
      sinfo
      exit 0
    fi
    sleep 0.2
  done
  echo "The node does not answer; see $folder/*.log" >&2
  exit 1
  ;;
stop)
  for pid in "$folder/slurmd.pid" "$folder/slurmctld.pid" /run/munge/munged.pid; do
    if [ -s "$pid" ]; then kill "$(cat "$pid")" || true; fi
  done
  ;;
*)
  echo "start or stop?" >&2
  exit 2
  ;;
esac
