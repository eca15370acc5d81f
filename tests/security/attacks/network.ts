import type { Attack } from "./attack.ts";

const families = {
  "a packet socket": "17, 3, 0x300",
  "a raw socket": "2, 3, 1",
  "the firewall's netlink": "16, 3, 12",
  "the netlink of kernel events": "16, 3, 15",
  "a socket to the hypervisor": "40, 1, 0",
  "the kernel's ciphers": "38, 5, 0",
  "the netlink of audits": "16, 3, 9",
};

/** Networks, and what processes of one host share without a file. */
export const networkAttacks: readonly Attack[] = [
  {
    what: "connects to a port of the host on any of its addresses",
    perl: `grep { connected($_, $aim{hostPort}) } split / /, $aim{hostAddresses}`,
  },
  { what: "connects to another sandbox", perl: `connected($aim{victimAddress}, $aim{victimPort})` },
  {
    what: "connects to the address at which clouds give away credentials",
    perl: `connected('169.254.169.254', 80)`,
    unshown: "nobody answers there on most hosts; fence.test.ts has a host where somebody does",
  },
  { what: "finds a way out by IPv6", perl: `connected('2001:db8::1', 80)`, unshown: "not every host has one" },
  ...Object.entries(families).map(([name, args]) => ({ what: `opens ${name}`, perl: `socket(my $socket, ${args})` })),
  {
    what: "changes a network interface",
    // RTM_SETLINK of interface 1 that changes nothing, to be acknowledged: whoever may change anything is told "0".
    perl: String.raw`socket(my $socket, 16, 3, 0) or return 0;
      my $request = pack('LSSLL', 32, 19, 5, 1, 0) . pack('CxSlLL', 0, 0, 1, 0, 0);
      send($socket, $request, 0, pack('Sx2LL', 16, 0, 0)) or return 0;
      recv($socket, my $answer, 4096, 0) // return 0;
      $! = -unpack('x16l', $answer);
      $! == 0`,
  },
  {
    what: "connects to an abstract socket of the host",
    perl: String.raw`my $socket; socket($socket, AF_UNIX, SOCK_STREAM, 0) && connect($socket, pack_sockaddr_un("\0$aim{abstractSocket}"))`,
  },
  {
    what: "connects to a socket of the host by its path",
    perl: `my $socket; socket($socket, AF_UNIX, SOCK_STREAM, 0) && connect($socket, pack_sockaddr_un($aim{socketPath}))`,
  },
  { what: "finds shared memory of the host by its name", perl: `content("/dev/shm/$aim{token}")` },
  { what: "finds shared memory of the host by its key", perl: `call('shmget', $aim{sharedMemoryKey} + 0, 0, 0) >= 0` },
];
