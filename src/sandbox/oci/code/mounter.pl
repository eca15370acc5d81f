# Mounts for the server, on the host and inside boxes: mounter.pl (mounter.ts is its other half).
#
# A process of its own because the kernel lets only a single-threaded one enter another mount namespace, and resident because starting
# mount(8) costs 3 ms of a claim's 4. Perl, because it makes any system call and perl-base is on every Debian.
#
# In:  N TAB bind TAB SOURCE TAB PLACE            all of SOURCE, read-only, on PLACE
#      N TAB erofs TAB IMAGE TAB PLACE            the image, without a loop device (Linux 6.12)
#      N TAB overlay TAB SOURCE TAB BELOW TAB PLACE
#                                                 SOURCE over BELOW as a file system of its own that is read-only
#      N TAB umount TAB PLACE
#      N TAB enter TAB PID TAB START_TICKS TAB SOURCE TAB PLACE    SOURCE of the host, read-only, on PLACE of that process's namespace
#      N TAB resize TAB PID TAB START_TICKS TAB PLACE TAB MB       the tmpfs on PLACE of that process's namespace
# Out: N TAB ok | N TAB failed TAB what and why. Ends with its input.
use strict;
use warnings;
use POSIX ();

my $is_arm = (POSIX::uname())[4] eq 'aarch64';
my %number = (
  open_tree => 428, move_mount => 429, mount_setattr => 442,
  ($is_arm ? (setns => 268, mount => 40, umount2 => 39) : (setns => 308, mount => 165, umount2 => 166)),
);
my ($here, $nothing) = (-100, '');
my ($clone, $cloexec, $recursive, $empty_path, $from_empty_path, $mount_namespace) = (1, 0x80000, 0x8000, 0x1000, 4, 0x20000);
# Read-only, no set-user-id programs, no device nodes; what happens to either side reaches the other no more.
my $fences = pack('QQQQ', 1 | 2 | 4, 0, 1 << 18, 0);

open(my $own, '<', '/proc/self/ns/mnt') or die "gust-mounter: own namespace: $!\n";
my %commands = (
  bind => \&bind_here, erofs => \&mount_erofs, overlay => \&mount_overlay, umount => \&unmount, enter => \&enter, resize => \&resize,
);
$| = 1;
while (my $line = <STDIN>) {
  chomp $line;
  my ($sequence, $name, @rest) = split /\t/, $line;
  my $answer = eval { $commands{$name}->(@rest); 'ok' } // "failed\t$@";
  print $sequence, "\t", $answer =~ tr/\n/ /r, "\n";
}

sub bind_here {
  my ($source, $place) = @_;
  my $tree = detached($source, $recursive);
  attach($tree, $place);
}

sub mount_erofs {
  my ($image, $place) = @_;
  my ($type, $flags) = ('erofs', 1 | 2 | 4);
  # By its name alone: what is said here can be read in the box, and is not to tell where the host keeps things.
  my ($directory, $name) = $image =~ m{^(.*)/([^/]+)$} or die "no absolute path: $image";
  chdir $directory or die "chdir $directory: $!";
  my $done = syscall($number{mount}, $name, $place, $type, $flags, 0);
  my $why = $!;
  chdir '/';
  $done == 0 or die "mount $image: $why";
}

sub mount_overlay {
  my ($source, $below, $place) = @_;
  my ($type, $flags) = ('overlay', 1 | 2 | 4);
  my @held = map { open(my $handle, '<', $_) or die "open $_: $!"; $handle } $source, $below;
  # By descriptors: a path may have a colon or comma in it, and what is said here can be read in the box.
  my $layers = 'lowerdir=' . join ':', map { '/proc/self/fd/' . fileno $_ } @held;
  syscall($number{mount}, $type, $place, $type, $flags, $layers) == 0 or die "mount an overlay of $source: $!";
}

sub unmount {
  my ($place) = @_;
  my $detach = 2;
  syscall($number{umount2}, $place, $detach) == 0 or die "umount $place: $!";
}

sub enter {
  my ($pid, $start_ticks, $source, $place) = @_;
  my $tree = detached($source, 0);
  inside($pid, $start_ticks, sub { attach($tree, $place) });
}

sub resize {
  my ($pid, $start_ticks, $place, $mb) = @_;
  my ($none, $options, $remount) = ('none', "size=${mb}m", 32);
  inside($pid, $start_ticks, sub {
    syscall($number{mount}, $none, $place, $none, $remount | 2 | 4, $options) == 0 or die "resize $place: $!";
  });
}

sub inside {
  my ($pid, $start_ticks, $act) = @_;
  open(my $namespace, '<', "/proc/$pid/ns/mnt") or die "namespace of $pid: $!";
  # After the opening: had the number been given to another process before, the time would differ now.
  start_ticks($pid) == $start_ticks or die "process $pid is another one";
  syscall($number{setns}, fileno $namespace, $mount_namespace) == 0 or die "setns: $!";
  my $done = eval { $act->(); 1 };
  my $why = $@;
  syscall($number{setns}, fileno $own, $mount_namespace) == 0 or exit 70;    # never work on in a box
  die $why if !$done;
}

sub detached {
  my ($source, $depth) = @_;
  my $descriptor = syscall($number{open_tree}, $here, $source, $clone | $cloexec | $depth);
  $descriptor >= 0 or die "open_tree $source: $!";
  open(my $tree, '<&=', $descriptor) or die "open_tree $source: $!";
  syscall($number{mount_setattr}, $descriptor, $nothing, $empty_path | $depth, $fences, length $fences) == 0
    or die "mount_setattr $source: $!";
  return $tree;
}

sub attach {
  my ($tree, $place) = @_;
  syscall($number{move_mount}, fileno $tree, $nothing, $here, $place, $from_empty_path) == 0 or die "move_mount $place: $!";
}

sub start_ticks {
  my ($pid) = @_;
  open(my $handle, '<', "/proc/$pid/stat") or die "process $pid: $!";
  my $text = <$handle> // '';
  $text =~ s/^.*\) //s;
  return (split / /, $text)[19];
}
