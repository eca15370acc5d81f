import { reaching, type Attack } from "./attack.ts";

/** Large or powerful parts of the kernel. Where nobody refuses them, the calls fail for their senseless arguments, or change nothing. */
export const kernelAttacks: readonly Attack[] = [
  // mounts
  reaching("mount", "'none', '/nowhere', 'tmpfs', 0, 0"),
  reaching("umount2", "'/nowhere', 2"),
  reaching("pivot_root", "'/nowhere', '/nowhere'"),
  reaching("chroot", "'/'"),
  reaching("open_tree", "-100, '/', 1"),
  reaching("fsopen", "'tmpfs', 0"),
  { what: "opens an overlay file system", perl: `reached(call('fsopen', 'overlay', 0))` },
  reaching("move_mount", "-1, '', -1, '', 0"),
  {
    what: "reaches the system call mount_setattr",
    perl: String.raw`my $fences = "\0" x 32; reached(call('mount_setattr', -100, '/nowhere', 0, $fences, 32))`,
  },
  {
    what: "makes its code writable",
    perl: `reached(call('mount', 'none', $aim{codeRoot}, 'none', 4096 | 32 | 16384, 0))`,
    unshown: "it would bind the host's own directory",
  },
  {
    what: "takes its code off",
    perl: `call('umount2', '/var/user', 2) == 0`,
    unshown: "the process driver has nothing mounted",
  },
  {
    what: "covers its code",
    perl: `call('mount', 'none', '/var/user', 'tmpfs', 0, 0) == 0`,
    unshown: "it would cover a directory of the host",
  },
  // keys, rings, programs in the kernel
  reaching("add_key", "'user', 'gust', 'x', 1, -1"),
  reaching("request_key", "'user', 'gust-no-such-key', 0, 0"),
  reaching("keyctl", "0, -3, 0, 0, 0"),
  {
    what: "reaches the system call io_uring_setup",
    perl: String.raw`my $parameters = "\0" x 120; reached(call('io_uring_setup', 0, $parameters))`,
  },
  {
    what: "reaches the system call io_setup",
    perl: String.raw`my $context = pack('Q', 1); reached(call('io_setup', 1, $context))`,
  },
  {
    what: "reaches the system call bpf",
    perl: String.raw`my $attributes = "\0" x 128; reached(call('bpf', 0, $attributes, 128))`,
  },
  {
    what: "reaches the system call perf_event_open",
    perl: String.raw`my $event = "\0" x 128; reached(call('perf_event_open', $event, -2, -2, -1, 0))`,
  },
  reaching("userfaultfd", "0"),
  reaching("mq_open", "'gust-no-such-queue', 0, 0, 0"),
  reaching("fanotify_init", "0, 0"),
  reaching("process_madvise", "-1, 0, 0, 0, 0"),
  reaching("vmsplice", "-1, 0, 0, 0"),
  reaching("personality", "0x0040000"),
  // the host itself
  reaching("reboot", "0, 0, 0, 0"),
  reaching("kexec_load", "0, 0, 0, 0xffff"),
  reaching("init_module", "0, 0, ''"),
  reaching("finit_module", "-1, '', 0"),
  reaching("delete_module", "'gust_no_such_module', 2048"),
  reaching("swapon", "'/nowhere', 0"),
  reaching("acct", "'/nowhere'"),
  reaching("syslog", "10, 0, 0"),
  {
    what: "sets the clock",
    perl: `my $never = pack('qq', 0, 2_000_000_000); reached(call('clock_settime', 0, $never))`,
  },
  {
    what: "sets the time of day",
    perl: `my $never = pack('qq', 0, 2_000_000_000); reached(call('settimeofday', $never, 0))`,
  },
  { what: "adjusts the clock", perl: String.raw`my $nothing = "\0" x 208; call('adjtimex', $nothing) >= 0` },
  reaching("sethostname", "'gust', -1"),
  reaching("setdomainname", "'gust', -1"),
];
