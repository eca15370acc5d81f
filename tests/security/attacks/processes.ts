import { reaching, type Attack } from "./attack.ts";

/** Processes of the host and of another sandbox, and what would make more of one's own. */
export const processAttacks: readonly Attack[] = [
  ...[
    ["the host", "hostPid", "token"],
    ["another sandbox", "victimPid", "victimId"],
  ].flatMap(([whose = "", pid = "", mark = ""]) => [
    {
      what: `reads the environment of a process of ${whose}`,
      perl: `(content("/proc/$aim{${pid}}/environ") // '') =~ /$aim{${mark}}/`,
    },
    { what: `may signal a process of ${whose}`, perl: `kill(0, $aim{${pid}})` },
    { what: `reads the memory of a process of ${whose}`, perl: memoryRead(pid) },
    {
      what: `holds a process of ${whose} with ptrace`,
      perl: `call('ptrace', 16, $aim{${pid}} + 0, 0, 0) == 0 && waitpid($aim{${pid}}, 0x40000000) > 0 && call('ptrace', 17, $aim{${pid}} + 0, 0, 0) == 0`,
    },
  ]),
  { what: "reads a file of another sandbox", perl: `content("/proc/$aim{victimPid}/root$aim{victimFile}")` },
  { what: "traces the runtime of its own sandbox", perl: `call('ptrace', 0x4206, getppid(), 0, 0) == 0` },
  {
    what: "takes a descriptor from a process of its sandbox",
    perl: `my $process = call('pidfd_open', getppid(), 0); $process >= 0 && call('pidfd_getfd', $process, 3, 0) >= 0`,
  },
  {
    what: "reaches the system call process_vm_readv",
    perl: `my $piece = "\\0" x 16; reached(call('process_vm_readv', getppid(), $piece, 1, $piece, 1, 0))`,
  },
  {
    what: "finds the channel where the first process had it",
    perl: `readlink('/proc/1/fd/3')`,
    unshown: "the first process of a host has something else there",
  },
  reaching("kcmp", "getppid(), $$, 1, 0, 0"),
  ...Object.entries({ user: 0x1000_0000, network: 0x4000_0000, mount: 0x2_0000, pid: 0x2000_0000, time: 0x80 }).map(
    ([name, flag]) => ({ what: `makes a ${name} namespace with unshare`, perl: `call('unshare', ${flag}) == 0` }),
  ),
  {
    what: "makes a user namespace with clone",
    perl: `my $child = call('clone', 0x10000000 | 17, 0, 0, 0, 0); POSIX::_exit(0) if $child == 0; $child > 0`,
  },
  {
    what: "reaches the system call clone3",
    perl: String.raw`my $flags = pack('Q8', 0x10000000); reached(call('clone3', $flags, 8))`,
  },
  reaching("setns", "-1, 0"),
  {
    what: "becomes root by a set-user-id program",
    // su waits for a password, and so long its effective user can be seen.
    perl: String.raw`if ($> == 0) { $) = $( = 65534; $> = $< = 65534 }
      pipe(my $in, my $out);
      my $child = fork;
      if ($child == 0) { open(STDIN, '<&', $in); open(STDERR, '>', '/dev/null'); exec '/usr/bin/su' or POSIX::_exit(1) }
      select(undef, undef, undef, 0.002) while (content("/proc/$child/comm") // 'su') !~ /^su$/;
      select(undef, undef, undef, 0.05);
      my ($effective) = content("/proc/$child/status") =~ /^Uid:\s+\d+\s+(\d+)/m;
      kill KILL => $child;
      $! = 1;
      $effective == 0`,
  },
  {
    what: "calls the kernel by the numbers of another architecture",
    perl: `my $child = fork; if ($child == 0) { syscall(0x40000000 + 39); POSIX::_exit(0) } waitpid($child, 0); $! = 0; my $signal = $? & 127; $! = 1 if $signal == 31; $signal == 0`,
    unshown: "few kernels are built with it",
  },
  {
    what: "runs before all others",
    perl: `my $priority = pack('i', 1); call('sched_setscheduler', 0, 1, $priority) == 0`,
  },
  { what: "raises its priority", perl: `setpriority(0, 0, -5)` },
];

function memoryRead(pid: string): string {
  return String.raw`my ($start) = (content("/proc/$aim{${pid}}/maps") // '') =~ /^([0-9a-f]+)-/;
      my $memory;
      open($memory, '<', "/proc/$aim{${pid}}/mem") && sysseek($memory, hex $start, 0) && sysread($memory, my $bytes, 16)`;
}
