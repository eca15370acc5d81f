import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seccompProfile } from "./seccomp-profile.ts";

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly { index: number; op: string; value: number; valueTwo?: number }[];
}

/** What each call does whatever its arguments: each is kernel code that strangers may run. */
const allowedCalls = `
  accept accept4 access alarm arch_prctl bind brk capget capset chdir chmod chown clock_getres clock_gettime
  clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl
  epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2
  fadvise64 fallocate fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork
  fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_waitv futimesat get_robust_list getcpu getcwd
  getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid
  getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday
  getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl ioprio_get ioprio_set kill
  lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise membarrier
  memfd_create mincore mkdir mkdirat mlock mlock2 mlockall mmap mprotect mremap msgctl msgget msgrcv msgsnd msync
  munlock munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2
  pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2 prlimit64 pselect6 pwrite64 pwritev
  pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg removexattr rename renameat renameat2
  restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
  rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
  sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
  sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto
  set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority
  setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid setxattr shmat shmctl shmdt shmget
  shutdown sigaltstack signalfd signalfd4 splice stat statfs statx symlink symlinkat sync_file_range sysinfo tee
  tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
  timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork wait4 waitid write
  writev
`;

/** Calls that depend on their arguments, or fail in a way of their own. */
const otherRules = [
  "clone: argument 0 & 0x7e020000 = 0x0",
  "clone3: error 38",
  "socket: argument 0 = 0x1",
  "socket: argument 0 = 0x2",
  "socket: argument 0 = 0xa",
  "socketpair: argument 0 = 0x1",
  "socket: argument 0 = 0x10, argument 2 = 0x0",
  "mknod: argument 1 & 0xf000 = 0x1000",
  "mknodat: argument 2 & 0xf000 = 0x1000",
  "personality: argument 0 = 0x0",
  "personality: argument 0 = 0xffffffff",
];

describe("the list of system calls", () => {
  const { defaultAction, syscalls } = seccompProfile as { defaultAction: string; syscalls: Rule[] }; // as the file builds it
  const allowed = syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW");

  it("is this one, so that whoever adds a call says so twice", () => {
    const plain = allowed.filter(({ args }) => args === undefined).flatMap((rule) => rule.names);
    assert.deepEqual(plain.toSorted(), allowedCalls.trim().split(/\s+/));
    assert.equal(defaultAction, "SCMP_ACT_ERRNO");
    const rules = syscalls.filter(({ action, args }) => action !== "SCMP_ACT_ALLOW" || args !== undefined);
    assert.deepEqual(rules.map(inWords), otherRules);
  });

  it("allows none of those that lead out", () => {
    const dangerous =
      "mount umount2 move_mount open_tree fsopen pivot_root chroot setns unshare clone3 ptrace process_vm_readv process_vm_writev bpf " +
      "perf_event_open userfaultfd io_uring_setup keyctl add_key request_key open_by_handle_at kexec_load init_module finit_module " +
      "delete_module reboot swapon settimeofday clock_settime sethostname syslog iopl ioperm modify_ldt sync";
    const names = new Set(allowed.flatMap((rule) => rule.names));
    assert.deepEqual(
      dangerous.split(" ").filter((name) => names.has(name)),
      [],
    );
    assert.ok(names.has("openat") && names.has("execve"));
  });

  it("names no call twice without looking at its arguments", () => {
    const plain = allowed.filter(({ args }) => args === undefined).flatMap((rule) => rule.names);
    assert.equal(new Set(plain).size, plain.length);
    const limited = ["clone", "socket", "socketpair", "mknod", "mknodat", "personality"];
    assert.deepEqual(
      limited.filter((name) => plain.includes(name)),
      [],
    );
  });
});

function inWords({ names, action, args = [], ...rest }: Rule & { errnoRet?: number }): string {
  const hex = (number: number): string => `0x${number.toString(16)}`;
  const conditions = args.map(({ index, op, value, valueTwo }) =>
    op === "SCMP_CMP_MASKED_EQ" && valueTwo !== undefined
      ? `argument ${index} & ${hex(value)} = ${hex(valueTwo)}`
      : op === "SCMP_CMP_EQ"
        ? `argument ${index} = ${hex(value)}`
        : `${op} of ${index}`,
  );
  const how = action === "SCMP_ACT_ALLOW" ? [] : [action === "SCMP_ACT_ERRNO" ? `error ${rest.errnoRet}` : action];
  return `${names.join(" ")}: ${[...how, ...conditions].join(", ")}`;
}
