# Makes and removes network namespaces, one command a line, for as long as its input is open: perl namespace-helper.pl x64|arm64
#
#   make SEQ VETH GROUP INDEX MTU GATEWAY ADDRESS  →  made SEQ FD
#   drop SEQ FD                                    →  dropped SEQ
#   either of them                                 →  failed SEQ STEP: REASON
#
# A namespace has no name in the file system: it lives while this process holds FD (others open /proc/<pid>/fd/<FD>) or a process is
# inside, and takes both ends of its veth pair along. So nothing is left when this process dies, however it dies; no mount slows the
# host's later boots; and a runtime in a mount namespace of its own finds it, too.
#
# Why perl: `setns` and `unshare` need a process of one thread, and perl-base is on every Debian. Measured: 1.0 ms a namespace, against
# 5.8 ms with one `ip` process for the inside. Removing the link by a message takes 30 ms (it waits for the kernel's grace periods);
# closing FD takes 0.1, and the kernel frees many at once, a moment later.
use strict;
use warnings;
use Socket;

my $numbers = { x64 => [272, 308, 302], arm64 => [97, 268, 261] }->{ $ARGV[0] // '' } // die "no system call numbers for this processor\n";
my ($NR_UNSHARE, $NR_SETNS, $NR_PRLIMIT) = @$numbers;
my $CLONE_NEWNET = 0x40000000;
my ($AF_NETLINK, $NETLINK_ROUTE, $SOL_NETLINK, $NETLINK_CAP_ACK) = (16, 0, 270, 10);
my ($RTM_NEWLINK, $RTM_SETLINK, $RTM_NEWADDR, $RTM_NEWROUTE, $RTM_NEWNEIGH) = (16, 19, 20, 24, 28);
my ($REQUEST, $ACK, $CREATE) = (0x1, 0x4, 0x400 | 0x200);    # CREATE refuses what exists already
my ($IFF_UP, $LOOPBACK) = (1, 1);
my $GET_INDEX = 0x8933;                                      # SIOCGIFINDEX
my $F_DUPFD_CLOEXEC = 1030;
my $RLIMIT_NOFILE = 7;

$| = 1;
$SIG{INT} = $SIG{TERM} = 'IGNORE';                           # a Ctrl-C is for the server, which still stops its boxes
open(my $home, '<', '/proc/self/ns/net') or die "own network namespace: $!\n";
my $host = netlink_socket();
my $descriptors = allow_descriptors();
my %held;                                                    # namespaces by descriptor

while (my $line = <STDIN>) {
    my ($verb, $seq, @arguments) = split ' ', $line;
    my $answer = eval { $verb eq 'make' ? "made $seq " . make(@arguments) : drop($seq, @arguments) };
    print defined $answer ? "$answer\n" : "failed $seq " . ($@ =~ s/\s+$//r) . "\n";
}

sub make {
    my ($veth, $group, $index, $mtu, $gateway, $address) = @_;
    my ($outside_mac, $inside_mac) = map { pack('CCN', 2, $_, $index) } 0x67, 0x68;
    my ($from, $to) = map { inet_aton($_) } $gateway, $address;
    my ($namespace, $inside) = new_namespace();
    talk($host, 'veth', veth_message($veth, $group, $mtu, $outside_mac, $inside_mac, fileno $namespace));
    my $link = index_of($host, $veth);
    talk($host, 'host side', set_up($link, 1), route_message($link, $from, $to), neighbour_message($link, $to, $inside_mac));
    $link = index_of($inside, 'eth0');
    talk($inside, 'inside', set_up($LOOPBACK, 0), set_up($link, 0), address_message($link, $to, $from),
        neighbour_message($link, $from, $outside_mac), default_route_message($link, $from));
    my $held = numbered($namespace, $index);
    $held{ fileno $held } = $held;
    return fileno $held;
}

# How many descriptors this process may have: all that the host lets it.
sub allow_descriptors {
    my $limit = pack('Q Q', 0, 0);
    syscall($NR_PRLIMIT, 0, $RLIMIT_NOFILE, 0, $limit) == 0 or die "limit of descriptors: $!\n";
    my (undef, $most) = unpack('Q Q', $limit);
    $limit = pack('Q Q', $most, $most);
    syscall($NR_PRLIMIT, 0, $RLIMIT_NOFILE, $limit, 0) == 0 or die "limit of descriptors: $!\n";
    return $most < 1 << 20 ? $most : 1 << 20;
}

# A descriptor that is not soon used again, like the box's address: a path that is opened too late leads nowhere, not to a stranger's box.
sub numbered {
    my ($namespace, $index) = @_;
    my $lowest = 64 + $index % ($descriptors - 64);    # a number: text would be taken for a place in memory
    my $fd = fcntl($namespace, $F_DUPFD_CLOEXEC, $lowest) // fcntl($namespace, $F_DUPFD_CLOEXEC, 3) // die "descriptor: $!\n";
    open(my $held, '<&=', $fd) or die "descriptor: $!\n";
    return $held;
}

sub drop {
    my ($seq, $fd) = @_;
    delete $held{$fd};
    return "dropped $seq";
}

# The namespace and a netlink socket inside. This process is back at home in any case: one that it stayed in would outlive its box.
sub new_namespace {
    syscall($NR_UNSHARE, $CLONE_NEWNET) == 0 or die "unshare: $!\n";
    my @made = eval {
        open(my $namespace, '<', '/proc/self/ns/net') or die "open: $!\n";
        turn_off_ipv6();
        ($namespace, netlink_socket());
    };
    my $reason = $@;
    my $fd = fileno $home;
    syscall($NR_SETNS, $fd, $CLONE_NEWNET) == 0 or exit 70;    # in a wrong namespace nothing more may be done
    die $reason if !@made;
    return @made;
}

# Also for every interface to come. A kernel without IPv6 has no such file.
sub turn_off_ipv6 {
    my $file = '/proc/sys/net/ipv6/conf/all/disable_ipv6';
    return if !-e $file;
    open(my $switch, '>', $file) or die "IPv6 off: $!\n";
    print $switch '1' or die "IPv6 off: $!\n";
    close $switch or die "IPv6 off: $!\n";
}

sub netlink_socket {
    socket(my $socket, $AF_NETLINK, SOCK_RAW, $NETLINK_ROUTE) or die "netlink: $!\n";
    setsockopt($socket, $SOL_NETLINK, $NETLINK_CAP_ACK, pack('i', 1));    # shorter answers; an old kernel sends long ones
    return $socket;
}

# Sends messages as one batch. Only the last is acknowledged; those that fail are answered in any case.
sub talk {
    my ($socket, $step, @messages) = @_;
    my $batch = '';
    for my $at (0 .. $#messages) {
        my ($type, $flags, $body) = @{ $messages[$at] };
        $flags |= $ACK if $at == $#messages;
        $batch .= pack('L S S L L', 16 + length $body, $type, $REQUEST | $flags, $at + 1, 0) . $body;
    }
    defined send($socket, $batch, 0) or die "$step: $!\n";
    my $failure = 0;
    for (;;) {
        defined recv($socket, my $answers, 65536, 0) or die "$step: $!\n";
        while (length $answers >= 20) {
            my ($length, undef, undef, $seq, undef, $error) = unpack('L S S L L l', $answers);
            $failure ||= -$error;
            if ($seq == @messages) {
                $! = $failure;
                die "$step: $!\n" if $failure;
                return;
            }
            $answers = substr($answers, ($length + 3) & ~3);
        }
    }
}

sub veth_message {
    my ($veth, $group, $mtu, $outside_mac, $inside_mac, $namespace_fd) = @_;
    my $link = pack('C x S l L L', AF_UNSPEC, 0, 0, 0, 0);
    my $peer = $link . attribute(3, "eth0\0") . attribute(1, $inside_mac) . attribute(4, pack('L', $mtu))
        . attribute(28, pack('L', $namespace_fd));
    my $kind = attribute(1, "veth\0") . attribute(2, attribute(1, $peer));
    return [$RTM_NEWLINK, $CREATE,
        $link . attribute(3, "$veth\0") . attribute(1, $outside_mac) . attribute(4, pack('L', $mtu))
        . attribute(27, pack('L', $group)) . attribute(18, $kind)];
}

sub set_up {
    my ($link, $is_host_side) = @_;
    my $message = pack('C x S l L L', AF_UNSPEC, 0, $link, $IFF_UP, $IFF_UP);
    my $no_address = attribute(8, pack('C', 1));               # no link-local address: IPv6 does not reach the host either
    $message .= attribute(26, attribute(AF_INET6, $no_address)) if $is_host_side && -e '/proc/sys/net/ipv6';
    return [$RTM_SETLINK, 0, $message];
}

# Point to point: brings the route to the other end with it.
sub address_message {
    my ($link, $own, $other) = @_;
    return [$RTM_NEWADDR, $CREATE, pack('C C C C L', AF_INET, 32, 0, 0, $link) . attribute(2, $own) . attribute(1, $other)];
}

# From one address of the host to the other end, which needs no address here: each that comes or goes is a change of network to programs of the host.
sub route_message {
    my ($link, $own, $other) = @_;
    my $route = pack('C C C C C C C C L', AF_INET, 32, 0, 0, 254, 4, 253, 1, 0);    # main table, static, link, unicast
    return [$RTM_NEWROUTE, $CREATE, $route . attribute(1, $other) . attribute(4, pack('L', $link)) . attribute(7, $own)];
}

# Permanent entries save the question, and do not count for the kernel's limit of 1,024 neighbours of all namespaces together.
sub neighbour_message {
    my ($link, $address, $mac) = @_;
    return [$RTM_NEWNEIGH, $CREATE,
        pack('C x S l S C C', AF_INET, 0, $link, 0x80, 0, 0) . attribute(1, $address) . attribute(2, $mac)];
}

sub default_route_message {
    my ($link, $gateway) = @_;
    my $route = pack('C C C C C C C C L', AF_INET, 0, 0, 0, 254, 4, 0, 1, 0);    # main table, static, universe, unicast
    return [$RTM_NEWROUTE, $CREATE, $route . attribute(5, $gateway) . attribute(4, pack('L', $link))];
}

sub attribute {
    my ($type, $content) = @_;
    my $attribute = pack('S S', 4 + length $content, $type) . $content;
    return $attribute . "\0" x (-length($attribute) & 3);
}

sub index_of {
    my ($socket, $name) = @_;
    my $request = pack('a16 x16', $name);
    ioctl($socket, $GET_INDEX, $request) or die "index of $name: $!\n";
    return unpack('x16 i', $request);
}
