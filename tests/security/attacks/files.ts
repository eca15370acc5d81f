import type { Attack } from "./attack.ts";

/** Files of the host, by every way there is to a name. */
export const fileAttacks: readonly Attack[] = [
  { what: "reads a file of the host", perl: `content($aim{secretFile})` },
  { what: "writes beside it", perl: `open(my $file, '>', "$aim{secretFile}.planted")` },
  { what: "reads the host's passwords", perl: `content('/etc/shadow')` },
  { what: "lists the home of root", perl: `opendir(my $home, '/root')` },
  { what: "climbs out of its root", perl: `content(('/..' x 20) . $aim{secretFile})` },
  {
    what: "goes through the root of the first process",
    perl: `content("/proc/1/root$aim{secretFile}")`,
    unshown: "a host in a container or a virtual machine may keep its first process from root, too",
  },
  {
    what: "goes through the root of a process of the host",
    perl: `content("/proc/$aim{hostPid}/root$aim{secretFile}")`,
  },
  { what: "makes a hard link to a file of the host", perl: `link($aim{secretFile}, "$ENV{TMPDIR}/hard")` },
  {
    what: "follows a symbolic link of its own to a file of the host",
    perl: `symlink($aim{secretFile}, "$ENV{TMPDIR}/soft") && content("$ENV{TMPDIR}/soft")`,
  },
  { what: "follows a link in its code to a file of the host", perl: `content("$aim{codeRoot}/planted-file")` },
  {
    what: "goes by a link in its code into a directory of the host",
    perl: `content("$aim{codeRoot}/planted-directory/secret")`,
  },
  {
    what: "follows a link in its code to its own view of the root",
    perl: `content("$aim{codeRoot}/planted-self$aim{secretFile}")`,
  },
  {
    what: "opens a file by its number",
    perl: String.raw`my ($handle, $mount, $place) = (pack('Ii', 128, 0) . "\0" x 128, "\0" x 8, '/usr');
      syscall($number{name_to_handle_at}, -100, $place, $handle, $mount, 0) == 0 && call('open_by_handle_at', -100, $handle, 0) >= 0`,
  },
  ...["/", "/usr/bin", "/etc", "/run", "/home", "/var"].map((place) => ({
    what: `may write in ${place}`,
    perl: `POSIX::access('${place}', 2)`,
  })),
  ...[
    ["adds a file to its code", `open(my $file, '>', "$aim{codeRoot}/planted") && unlink("$aim{codeRoot}/planted")`],
    ["opens its code for writing", `open(my $file, '+<', "$aim{codeRoot}/index.js")`],
    ["changes the permissions of its code", `chmod(0777, "$aim{codeRoot}/index.js")`],
    [
      "renames its code",
      `rename("$aim{codeRoot}/index.js", "$aim{codeRoot}/x") && rename("$aim{codeRoot}/x", "$aim{codeRoot}/index.js")`,
    ],
    ["removes a file of its code", `unlink("$aim{codeRoot}/removable")`],
    [
      "adds a file to its layers",
      `open(my $file, '>', "$aim{layersRoot}/planted") && unlink("$aim{layersRoot}/planted")`,
    ],
  ].map(([what = "", perl = ""]) => ({ what, perl })),
];

/** What /proc and /dev would give away, or take. Files are opened for writing and not written to. */
export const kernelFileAttacks: readonly Attack[] = [
  ...["kcore", "kallsyms", "interrupts", "timer_list", "keys"].map((name) => ({
    what: `reads /proc/${name}`,
    perl: `content('/proc/${name}')`,
    isOptional: true,
  })),
  ...[
    "sysrq-trigger",
    "sys/kernel/core_pattern",
    "sys/kernel/modprobe",
    "sys/vm/overcommit_memory",
    "irq/default_smp_affinity",
  ].map((name) => ({
    what: `opens /proc/${name} for writing`,
    perl: `open(my $file, '+<', '/proc/${name}')`,
    isOptional: true,
  })),
  {
    what: "opens the release agent or the limits of control groups for writing",
    perl: `grep { open(my $file, '+<', $_) } glob('/sys/fs/cgroup/*/release_agent /sys/fs/cgroup/*/*/memory.limit_in_bytes /sys/fs/cgroup/*/memory.max')`,
  },
  { what: "reads the kernel's objects in /sys", perl: `opendir(my $directory, '/sys/kernel')` },
  {
    what: "opens devices of the host",
    perl: `grep { -e $_ && open(my $file, '<', $_) } qw(/dev/mem /dev/kmsg /dev/loop-control /dev/vda /dev/sda /dev/fuse /dev/kvm /dev/net/tun)`,
  },
  { what: "makes a device node", perl: `call('mknodat', -100, "$ENV{TMPDIR}/memory", 0020600, 0x101) == 0` },
  { what: "opens a new terminal of the host", perl: `open(my $terminal, '+<', '/dev/ptmx')` },
  {
    what: "types into the terminal of the server",
    perl: String.raw`my $terminal; open($terminal, '+<', '/dev/tty') && ioctl($terminal, 0x5412, 'x')`,
    unshown: "tests have no terminal",
  },
];
