/**
 * What a function tries against its box: a few lines of Perl, because perl-base is on every Debian and has `syscall`. The lines run inside
 * `attempt { … }`: a true value is success, anything else is refused with the reason in `$!`. `%aim` holds what there is to attack.
 */
export interface Attack {
  /** What it does, after "a function": the name of its test. */
  readonly what: string;
  readonly perl: string;
  /** Why no test shows that it would succeed without the fence. Absent: one does, with the process driver. */
  readonly unshown?: string;
  /** Whether what it goes for is not on every host: then "ENOENT" shows nothing. */
  readonly isOptional?: boolean;
}

/** What an attack came to: `done`, the name of an error, the signal that ended it, or `nothing` where there was nothing to take. */
export type Outcome = string;

/** Errors that mean that this kernel has no such thing, which says nothing about a fence. */
export const lacking: ReadonlySet<Outcome> = new Set([
  "ENOSYS",
  "ENODEV",
  "EAFNOSUPPORT",
  "EPROTONOSUPPORT",
  "EOPNOTSUPP",
  "nothing",
]);

/** An attack that reaches a system call: the arguments make no sense, so that nothing happens where nobody refuses it. */
export function reaching(call: string, args: string): Attack {
  return { what: `reaches the system call ${call}`, perl: `reached(call('${call}', ${args}))` };
}

/** The whole program of an attack; its arguments are the names and values of `%aim`. */
export function programOf({ perl }: Attack): string {
  return `${prelude}\nattempt {\n${perl}\n};\n`;
}

/** Numbers on x86_64 and on aarch64; one where both have the same. */
const systemCalls: Readonly<Record<string, readonly [number, number] | number>> = {
  acct: [163, 89],
  add_key: [248, 217],
  adjtimex: [159, 171],
  bpf: [321, 280],
  chroot: [161, 51],
  clock_settime: [227, 112],
  clone: [56, 220],
  clone3: 435,
  delete_module: [176, 106],
  fanotify_init: [300, 262],
  finit_module: [313, 273],
  fsopen: 430,
  inotify_init1: [294, 26],
  init_module: [175, 105],
  io_setup: [206, 0],
  io_uring_setup: 425,
  kcmp: [312, 272],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  mknodat: [259, 33],
  mount: [165, 40],
  mount_setattr: 442,
  move_mount: 429,
  mq_open: [240, 180],
  msgget: [68, 186],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  open_tree: 428,
  perf_event_open: [298, 241],
  personality: [135, 92],
  pidfd_getfd: 438,
  pidfd_open: 434,
  pivot_root: [155, 41],
  process_madvise: 440,
  process_vm_readv: [310, 270],
  ptrace: [101, 117],
  reboot: [169, 142],
  request_key: [249, 218],
  rt_sigqueueinfo: [129, 138],
  sched_setscheduler: [144, 119],
  sendmsg: [46, 211],
  setdomainname: [171, 162],
  sethostname: [170, 161],
  setns: [308, 268],
  settimeofday: [164, 170],
  shmat: [30, 196],
  shmget: [29, 194],
  swapon: [167, 224],
  syslog: [103, 116],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  vmsplice: [278, 75],
};

const numbers = Object.entries(systemCalls)
  .map(
    ([name, number]) => `${name} => ${typeof number === "number" ? number : number[process.arch === "arm64" ? 1 : 0]}`,
  )
  .join(", ");

const prelude = String.raw`
use strict; use warnings;
use Errno; use POSIX (); use Socket qw(:DEFAULT inet_pton getaddrinfo);
$| = 1; $SIG{PIPE} = 'IGNORE'; alarm 10;
our %aim = @ARGV;
my %number = (${numbers});
sub call { my ($name, @values) = @_; syscall($number{$name} // die("no number of $name"), @values) } # copies: constants may be passed
# Whether a call that makes no sense was looked at, and not turned away at the door.
sub reached { my ($value) = @_; $value != -1 || !($!{EPERM} || $!{EACCES} || $!{ENOSYS}) }
sub attempt(&) {
  my ($act) = @_;
  $! = 0;
  my $done = $act->();
  my ($why) = $! ? sort grep { $!{$_} } keys %! : 'nothing';
  print $done ? 'done' : $why, "\n";
}
sub content {
  my ($file) = @_;
  open(my $handle, '<', $file) or return undef;
  my $read = sysread($handle, my $text, 65536);
  return $read ? $text : undef;
}
sub connected {
  my ($address, $port) = @_;
  my $is_wide = $address =~ /:/;
  socket(my $socket, $is_wide ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or return 0;
  my $binary = inet_pton($is_wide ? AF_INET6 : AF_INET, $address) or die "address $address";
  return connect($socket, $is_wide ? Socket::pack_sockaddr_in6($port, $binary) : pack_sockaddr_in($port, $binary));
}
`;
