/**
 * The system calls that code in a box may make: the one list to review. It began as the default of docker and containerd and is smaller: what
 * Node, Python, Java, PHP and Go programs do not need is not there, because each call is kernel code that strangers could attack.
 * Everything not named here fails with EPERM, and a call of another architecture's numbering kills its process.
 *
 * Left out of that default, among others, and why:
 * - mount family, pivot_root, chroot, setns, unshare, clone with a namespace flag: no box makes a box; most ways out begin there
 * - ptrace, process_vm_*, kcmp, pidfd_getfd, process_madvise: reach into other processes of the box, the runtime's channel among them
 * - bpf, perf_event_open, userfaultfd, io_uring_*, io_* (aio), keyctl, add_key, request_key: large, often attacked, not needed
 * - open_by_handle_at, name_to_handle_at: files by number, past every path
 * - kexec, modules, reboot, swap, clocks, host and domain name, quota, accounting, syslog, iopl, ioperm: the host's
 * - modify_ldt, vmsplice, remap_file_pages, migrate_pages, move_pages, mbind, fanotify_*, lookup_dcookie, ustat, sysfs: old or rare
 * - mq_*: no runtime or standard library uses POSIX queues (the semaphores of Python's multiprocessing are files and futexes), and a box has no mqueue
 * - sync, syncfs: a box could make the host write out all its file systems, again and again; fsync of a file stays
 */

// Calls allowed whatever their arguments, by what they are about.

const files = `
  access chdir chmod chown copy_file_range creat execve execveat faccessat faccessat2 fadvise64 fallocate fchdir fchmod
  fchmodat fchown fchownat fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstatfs ftruncate futimesat getcwd
  getdents getdents64 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lchown lgetxattr link linkat
  listxattr llistxattr lremovexattr lsetxattr lstat mkdir mkdirat newfstatat open openat openat2 readahead readlink
  readlinkat removexattr rename renameat renameat2 rmdir setxattr stat statfs statx symlink symlinkat sync_file_range
  truncate umask unlink unlinkat utime utimensat utimes
`;

const descriptors = `
  close close_range dup dup2 dup3 fcntl fdatasync fsync ioctl lseek memfd_create pipe pipe2 pread64 preadv preadv2
  pwrite64 pwritev pwritev2 read readv sendfile splice tee write writev
`;

const memory = `
  brk get_robust_list madvise membarrier mincore mlock mlock2 mlockall mmap mprotect mremap msync munlock munlockall
  munmap pkey_alloc pkey_free pkey_mprotect rseq set_robust_list
`;

const processes = `
  arch_prctl capget capset exit exit_group fork getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid
  gettid ioprio_get ioprio_set pidfd_open pidfd_send_signal prctl prlimit64 seccomp set_thread_area set_tid_address
  setpgid setpriority setrlimit setsid sysinfo uname vfork wait4 waitid
`;

const identity = `
  getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups setregid setresgid
  setresuid setreuid setuid
`;

const signals = `
  kill restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
  rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4 tgkill tkill
`;

const time = `
  alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep pause setitimer time timer_create
  timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times
`;

const waiting = `
  epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 futex futex_waitv poll ppoll
  pselect6 select
`;

const network = `
  accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto
  setsockopt shutdown
`;

const systemVipc = `
  msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget
`;

const processor = `
  getcpu getrandom sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
  sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
`;

const errorNotImplemented = 38;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const namespaceFlags = 0x7e02_0000;
const addressFamilies = { unix: 1, ipv4: 2, ipv6: 10, netlink: 16 } as const;
const fileTypeMask = 0o170_000;
const fifo = 0o010_000;

/** Calls that are allowed with some arguments only, or refused in a way of their own. */
function exceptions(): object[] {
  return [
    // Threads and processes, but no namespaces.
    allow(["clone"], [{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: namespaceFlags, valueTwo: 0 }]),
    // Its flags are in memory, where a filter cannot look; C libraries take "not implemented" as a hint to use clone.
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: errorNotImplemented },
    // The network and local sockets; vsock, packet, alg, bluetooth and forty other families stay closed.
    ...[addressFamilies.unix, addressFamilies.ipv4, addressFamilies.ipv6].map((family) =>
      allow(["socket"], [{ index: 0, op: "SCMP_CMP_EQ", value: family }]),
    ),
    allow(["socketpair"], [{ index: 0, op: "SCMP_CMP_EQ", value: addressFamilies.unix }]),
    // getifaddrs (os.networkInterfaces, Go's net) asks over netlink's routing protocol, number 0; the others stay closed.
    allow(
      ["socket"],
      [
        { index: 0, op: "SCMP_CMP_EQ", value: addressFamilies.netlink },
        { index: 2, op: "SCMP_CMP_EQ", value: 0 },
      ],
    ),
    // mkfifo makes named pipes with them; device nodes are refused.
    allow(["mknod"], [{ index: 1, op: "SCMP_CMP_MASKED_EQ", value: fileTypeMask, valueTwo: fifo }]),
    allow(["mknodat"], [{ index: 2, op: "SCMP_CMP_MASKED_EQ", value: fileTypeMask, valueTwo: fifo }]),
    // Asking (0xffffffff) and the default; the others turn off protections or emulate other systems.
    ...[0, 0xffff_ffff].map((persona) => allow(["personality"], [{ index: 0, op: "SCMP_CMP_EQ", value: persona }])),
  ];
}

function allow(names: readonly string[], args?: readonly object[]): object {
  return { names, action: "SCMP_ACT_ALLOW", ...(args === undefined ? {} : { args }) };
}

/** Allowed whatever the arguments, by what they are about. */
function plainCalls(): string[] {
  return [
    files,
    descriptors,
    memory,
    processes,
    identity,
    signals,
    time,
    waiting,
    network,
    systemVipc,
    processor,
  ].flatMap((text) => text.trim().split(/\s+/));
}

/** See the head of this file. */
export const seccompProfile: object = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  architectures: [process.arch === "arm64" ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64"],
  syscalls: [allow(plainCalls()), ...exceptions()],
};
