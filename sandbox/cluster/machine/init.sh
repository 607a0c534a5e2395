#!/bin/sh
# First process of a machine: a PID, mount and UTS namespace inside the network namespace that it was started in.
# It prepares the machine's file system and keeps the machine's services running. Whoever kills it stops the machine:
# the kernel then ends every process in the PID namespace, containers included, and with the last of them all mounts go.
#
# Arguments: a mark (found again in the process list), host name, machine folder, log folder, volumes folder
set -eu
name=$2 folder=$3 logs=$4 volumes=$5

echo "$name" >/proc/sys/kernel/hostname

# A machine has its own /run, empty after each start as after a boot, and finds its folders there under short paths: a
# socket's path may not be longer than about 100 bytes.
mkdir -p "$folder/run"
mount -n -t tmpfs -o mode=755 tmpfs "$folder/run"
mkdir "$folder/run/machine" "$folder/run/volumes"
mount -n --bind "$folder" "$folder/run/machine"
mount -n --bind "$volumes" "$folder/run/volumes"
mount -n --bind "$logs" /var/log
mount -n --move "$folder/run" /run

# The kubelet insists on these values, and would otherwise set them for the whole host.
while read -r tunable value; do
  file=/run/tunables/$tunable
  mkdir -p /run/tunables && echo "$value" >"$file"
  mount -n --bind "$file" "/proc/sys/$(echo "$tunable" | tr . /)"
done <<TUNABLES
vm.overcommit_memory 1
vm.panic_on_oom 0
kernel.panic 10
kernel.panic_on_oops 1
kernel.keys.root_maxkeys 1000000
kernel.keys.root_maxbytes 25000000
TUNABLES

# -n above: with another /run, mount has no place to note what it did.
# Volumes with mount propagation need a file system tree that is shared, though only within this machine.
mount -n --make-rshared /

cd /run/machine
: >booted
set +e
supervise() {
  service=$1 delay=1
  while :; do
    started=$(date +%s)
    "./services/$service" >>"/var/log/$service.log" 2>&1
    code=$?
    ran=$(($(date +%s) - started))
    # A service that ran for a while starts again at once; one that keeps failing waits longer each time.
    if [ "$ran" -ge 60 ]; then delay=1; fi
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $service ended with code $code after $ran s; starting it again in $delay s" \
      >>/var/log/supervisor.log
    sleep "$delay"
    delay=$((delay * 2))
    if [ "$delay" -gt 30 ]; then delay=30; fi
  done
}
for service in services/*; do
  supervise "${service##*/}" &
done
# Also takes in the processes that lose their parent: the containers' shims.
while :; do wait; done
