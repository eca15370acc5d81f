# Starts boxes and sees them end: booter.pl SOCKET RUNTIME STATE_ROOT LEAVE_OUT (booter.ts is its other half).
#
# A process of its own, so that forking, the OCI runtime and its waiting cost the server's event loop nothing, and in a CPU group of low
# weight. Perl, because it must be the subreaper of detached boxes to learn how they ended, and because perl-base is on every Debian.
#
# In:  boot TAB ID TAB BUNDLE TAB HOST_ID TAB NETWORK_NAMESPACE, or nothing in its place
#                                        Out:  started TAB ID TAB PID TAB START_TICKS
#                                               refused TAB ID TAB WAIT_STATUS        the runtime failed; its words are on the box's stderr
#      cancel TAB ID, which is refused then     ended TAB ID TAB WAIT_STATUS          the box's first process, after everything in it
# A bundle's config.json joins the user namespace BUNDLE/user-namespace, in which HOST_ID and the ids behind it are 0 and so on. A
# network namespace that is named is entered before the runtime starts, whose box stays in it.
# Each box connects three times to SOCKET, before it starts: 64 bytes "ID WHAT" padded with blanks, then what the box writes to WHAT.
# Ends with its input.
use strict;
use warnings;
use POSIX qw(:sys_wait_h :signal_h);
use Socket qw(AF_UNIX SOCK_STREAM pack_sockaddr_un);

my ($socket_path, $runtime, $state_root, $leave_out) = @ARGV;
my $is_arm = (POSIX::uname())[4] eq 'aarch64';
my %number = $is_arm
  ? (prctl => 167, signalfd4 => 74, unshare => 97, mount => 40, umount2 => 39, setresuid => 147, setresgid => 149, capset => 91, setrlimit => 164,
    setns => 268)
  : (prctl => 157, signalfd4 => 289, unshare => 272, mount => 165, umount2 => 166, setresuid => 117, setresgid => 119, capset => 126, setrlimit => 160,
    setns => 308);
my ($subreaper, $death_signal, $clone_newns, $private, $detach) = (36, 1, 0x20000, 0x40000, 2);
my %limits = (7 => 1024, 4 => 0);    # descriptors; size of a core
my ($keep_capabilities, $clone_newuser, $ids, $namespace_place) = (8, 0x10000000, 65536, 200);
my $clone_newnet = 0x40000000;

syscall($number{prctl}, $subreaper, 1, 0, 0, 0) == 0 or die "gust-booter: prctl: $!\n";
my $own_pid = $$;
my $child_signal = POSIX::SigSet->new(SIGCHLD);
sigprocmask(SIG_BLOCK, $child_signal) or die "gust-booter: sigprocmask: $!\n";
my $mask = pack('Q', 1 << (SIGCHLD - 1));
my $signal_number = syscall($number{signalfd4}, -1, $mask, 8, 0x80000);
$signal_number >= 0 or die "gust-booter: signalfd: $!\n";
open(my $signals, '<&=', $signal_number) or die "gust-booter: $!\n";
$SIG{PIPE} = 'IGNORE';
$| = 1;

my (%booting, %running, %early);    # pid of the runtime => box; pid of the first process => id; ends seen before their start
my $input = '';
while (1) {
  my $wanted = '';
  vec($wanted, fileno(STDIN), 1) = 1;
  vec($wanted, $signal_number, 1) = 1;
  select($wanted, undef, undef, undef) > 0 or next;
  if (vec($wanted, $signal_number, 1)) {
    sysread($signals, my $ignored, 128 * 16);
    reap();
  }
  if (vec($wanted, fileno(STDIN), 1)) {
    sysread(STDIN, $input, 65536, length $input) or exit 0;
    while ($input =~ s/^([^\n]*)\n//) {
      my ($what, $id, @how) = split /\t/, $1;
      $what eq 'cancel' ? cancel($id) : boot($id, @how);
    }
  }
}

sub boot {
  my ($id, $bundle, $host_id, $network) = @_;
  my $pid = fork;
  if (!defined $pid) {
    print "refused\t$id\t", 71 << 8, "\n";
    return;
  }
  if ($pid == 0) {
    eval { become_runtime($id, $bundle, $host_id, $network // '') };
    print STDERR "gust-booter: $@";
    POSIX::_exit(71);
  }
  $booting{$pid} = { id => $id, bundle => $bundle };
}

# A box that has started meanwhile is none of ours to end.
sub cancel {
  my ($id) = @_;
  kill KILL => grep { $booting{$_}{id} eq $id } keys %booting;
}

sub become_runtime {
  my ($id, $bundle, $host_id, $network) = @_;
  # A runtime must not go on without us: the server ends what there is of its box when we die, and nothing may come after that.
  syscall($number{prctl}, $death_signal, SIGKILL, 0, 0, 0) == 0 or die "prctl: $!\n";
  getppid() == $own_pid or POSIX::_exit(71);
  my @ends = map { connect_as($id, $_) } qw(stdout stderr channel);
  open(my $null, '<', '/dev/null') or die "/dev/null: $!\n";
  POSIX::dup2(fileno $null, 0);
  # The ends may sit on the very numbers they belong on: first all of them out of the way, then each in place.
  my @high = map { POSIX::dup2(fileno $_, 100 + fileno $_) // die "dup: $!\n" } @ends;
  POSIX::dup2($high[$_], $_ + 1) // die "dup: $!\n" for 0 .. 2;
  POSIX::close($_) for @high;
  make_user_namespace($host_id);
  # By the number of this process, which is the runtime's: its own child may be who looks.
  symlink("/proc/$$/fd/$namespace_place", "$bundle/user-namespace") or die "user-namespace: $!\n";
  # Here, not by the runtime: runc enters the user namespace first, from which it may not enter this one.
  if ($network ne '') {
    open(my $namespace, '<', $network) or die "$network: $!\n";
    syscall($number{setns}, fileno $namespace, $clone_newnet) == 0 or die "setns $network: $!\n";
  }
  leave_out_mount($leave_out) if $leave_out ne '';
  # Here, not by the runtime: runc sets them from outside, for which another owner's namespace wants a right that not every root has.
  for my $kind (keys %limits) {
    my $limit = pack('QQ', ($limits{$kind}) x 2);
    syscall($number{setrlimit}, $kind + 0, $limit) == 0 or die "setrlimit: $!\n";
  }
  sigprocmask(SIG_UNBLOCK, $child_signal);
  $SIG{PIPE} = 'DEFAULT';
  my @command = ($runtime, '--root', $state_root, 'run', '--detach', '--preserve-fds', '1', '--bundle', $bundle,
    '--pid-file', "$bundle/pid", $id);
  no warnings 'exec';
  exec { $runtime } @command or die "$runtime: $!\n";
}

# The kernel charges what a box holds of inotify instances, queued signals and the like to the maker of its user namespace, too. Were that
# root, one box could take the share of all others and of the host's root: so it is the box's own root, who is nobody else on this host.
sub make_user_namespace {
  my ($host_id) = @_;
  pipe(my $made, my $say_made) or die "pipe: $!\n";
  pipe(my $wait, my $let_go) or die "pipe: $!\n";
  my $pid = fork // die "fork: $!\n";
  if ($pid == 0) {
    close $let_go;
    eval { own_user_namespace($host_id + 0) };
    print STDERR "gust-booter: user namespace: $@" if $@ ne '';
    syswrite($say_made, $@ eq '' ? 'y' : 'n');
    sysread($wait, my $nothing, 1);
    POSIX::_exit(0);
  }
  close $say_made;
  my $answer = '';
  sysread($made, $answer, 1);
  $answer eq 'y' or POSIX::_exit(71);
  for my $kind (qw(uid gid)) {
    open(my $map, '>', "/proc/$pid/${kind}_map") or die "${kind}_map: $!\n";
    syswrite($map, "0 $host_id $ids\n") or die "${kind}_map: $!\n";
  }
  open(my $namespace, '<', "/proc/$pid/ns/user") or die "user namespace: $!\n";
  POSIX::dup2(fileno $namespace, $namespace_place) // die "dup: $!\n";
  close $let_go;
  waitpid($pid, 0);
}

# Becomes the owner, but keeps the right to make namespaces, which not every host gives to everybody.
sub own_user_namespace {
  my ($host_id) = @_;
  my ($head, $rights) = (pack('LL', 0x20080522, 0), pack('L6', 1 << 21, 1 << 21, 0, 0, 0, 0));
  syscall($number{prctl}, $keep_capabilities, 1, 0, 0, 0) == 0 or die "prctl: $!\n";
  syscall($number{$_}, $host_id, $host_id, $host_id) == 0 or die "$_: $!\n" for qw(setresgid setresuid);
  syscall($number{capset}, $head, $rights) == 0 or die "capset: $!\n";
  syscall($number{unshare}, $clone_newuser) == 0 or die "unshare: $!\n";
}

sub connect_as {
  my ($id, $what) = @_;
  socket(my $end, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
  connect($end, pack_sockaddr_un($socket_path)) or die "connect: $!\n";
  my $head = sprintf '%-64s', "$id $what";
  syswrite($end, $head) == 64 or die "write: $!\n";
  return $end;
}

# crun refuses a host with cgroup v1 that has cgroup2 mounted beside it: it gets a view of the host without that mount. Only the way to it
# is made private, so that the host keeps it, and everything that is mounted on the host later is seen here as before.
sub leave_out_mount {
  my ($place) = @_;
  my ($none, $parent) = ('none', $place =~ s{/[^/]+$}{}r);
  syscall($number{unshare}, $clone_newns) == 0 or die "unshare: $!\n";
  syscall($number{mount}, $none, $parent, $none, $private, 0) == 0 or die "mount: $!\n";
  syscall($number{umount2}, $place, $detach) == 0 or die "umount: $!\n";
}

sub reap {
  while ((my $pid = waitpid(-1, WNOHANG)) > 0) {
    my $status = $?;
    if (my $box = delete $booting{$pid}) { on_runtime_end($box, $status) }
    elsif (my $id = delete $running{$pid}) { print "ended\t$id\t$status\n" }
    elsif (%booting) { $early{$pid} = $status }
  }
  %early = () if !%booting;
}

sub on_runtime_end {
  my ($box, $status) = @_;
  my $id = $box->{id};
  my $pid = $status == 0 ? first_process("$box->{bundle}/pid") : 0;
  if ($pid == 0) {
    print "refused\t$id\t$status\n";
    return;
  }
  print "started\t$id\t$pid\t", start_ticks($pid), "\n";
  if (exists $early{$pid}) { print "ended\t$id\t", delete $early{$pid}, "\n" }
  else { $running{$pid} = $id }
}

sub first_process {
  my ($file) = @_;
  open(my $handle, '<', $file) or return 0;
  my $text = <$handle> // '';
  return $text =~ /^(\d+)/ ? $1 : 0;
}

# Zero when it is gone already. The name in parentheses may hold anything: fields count from the last one.
sub start_ticks {
  my ($pid) = @_;
  open(my $handle, '<', "/proc/$pid/stat") or return 0;
  my $text = <$handle> // '';
  $text =~ s/^.*\) //s or return 0;
  return (split / /, $text)[19];
}
