/* SPDX-License-Identifier: MIT */
/* The table of system calls: which of them a stage has, and why. */
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <termios.h>

#include "sandbox/rules.h"

/* Of linux/tls.h and linux/prctl.h, that not every libc's headers have. */
enum {
	LEVEL_TLS = 282,
	NAME_MEMORY = 0x53564d41,	/* PR_SET_VMA: glibc 2.41 names what it maps, if told to */
};

/* The argument with clone()'s flags is the second on s390. */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* Arguments of type int: the upper half of a register may hold anything. */
#define IS(arg, value) { (arg), SCMP_CMP_MASKED_EQ, 0xffffffff, (value) }
#define HAS(arg, bits) { (arg), SCMP_CMP_MASKED_EQ, (bits), (bits) }
#define HAS_NOT(arg, bits) { (arg), SCMP_CMP_MASKED_EQ, (bits), 0 }

#define ALLOW(name, when) { SCMP_SYS(name), RULE_ALLOW, (when), 0, { { 0 } } }
#define ALLOW_IF(name, when, ...) { SCMP_SYS(name), RULE_ALLOW, (when), 1, { __VA_ARGS__ } }
#define ALLOW_IF2(name, when, ...) { SCMP_SYS(name), RULE_ALLOW, (when), 2, { __VA_ARGS__ } }
#define KILL(name, when) { SCMP_SYS(name), RULE_KILL, (when), 0, { { 0 } } }
#define KILL_IF(name, when, ...) { SCMP_SYS(name), RULE_KILL, (when), 1, { __VA_ARGS__ } }
#define ABSENT(name, when) { SCMP_SYS(name), RULE_ABSENT, (when), 0, { { 0 } } }

enum {
	ALWAYS = WHEN_ALWAYS,
	HANDSHAKE = WHEN_HANDSHAKE,
	REDIAL = WHEN_REDIAL,
	NO_REDIAL = WHEN_NO_REDIAL,
	REMOVE = WHEN_REMOVE,
	CHILD = WHEN_CHILD,
	REPLACE = WHEN_REPLACE,
	/* A file that is opened with one of these may be another one, or have other contents, afterwards. */
	CHANGES_FILES = O_ACCMODE | O_CREAT | O_TRUNC,
};

/*
 * The relay's filter comes on top of the handshake's, and the strictest answer counts: what the relay may do, the handshake may do, too.
 */
static const struct sandbox_rule rules[] = {
	/* Data, whichever way a kernel and a libc move it: standard input and output, records, messages, the report. */
	ALLOW(read, ALWAYS), ALLOW(write, ALWAYS), ALLOW(readv, ALWAYS), ALLOW(writev, ALWAYS),
	ALLOW(pread64, ALWAYS), ALLOW(recvfrom, ALWAYS), ALLOW(recvmsg, ALWAYS), ALLOW(sendto, ALWAYS), ALLOW(sendmsg, ALWAYS),
	ALLOW(recv, ALWAYS), ALLOW(send, ALWAYS), ALLOW(poll, ALWAYS), ALLOW(ppoll, ALWAYS), ALLOW(ppoll_time64, ALWAYS),
	ALLOW(shutdown, ALWAYS),
	/* Pipes and files to and from a socket with kernel TLS. */
	ALLOW(sendfile, ALWAYS), ALLOW(sendfile64, ALWAYS), ALLOW(splice, ALWAYS),

	/* The keys into the kernel at the hand-over, and new ones at a KeyUpdate; why a connection has ended. */
	ALLOW_IF2(setsockopt, HANDSHAKE, IS(1, IPPROTO_TCP), IS(2, TCP_ULP)),
	ALLOW_IF(setsockopt, ALWAYS, IS(1, LEVEL_TLS)),
	ALLOW(getsockopt, ALWAYS), ALLOW(getsockname, ALWAYS), ALLOW(getpeername, ALWAYS),

	/* A file that is written gets its new length. */
	ALLOW(ftruncate, ALWAYS), ALLOW(ftruncate64, ALWAYS),
	/* Files that are open: /dev/null takes the place of standard output, stdio asks what it writes to, offsets are left behind. */
	ALLOW(close, ALWAYS), ALLOW(dup2, ALWAYS), ALLOW(dup3, ALWAYS), ALLOW(lseek, ALWAYS), ALLOW(_llseek, ALWAYS),
	ALLOW(fstat, ALWAYS), ALLOW(fstat64, ALWAYS),
	ALLOW_IF(newfstatat, ALWAYS, HAS(3, AT_EMPTY_PATH)), ALLOW_IF(fstatat64, ALWAYS, HAS(3, AT_EMPTY_PATH)),
	ALLOW_IF(statx, ALWAYS, HAS(2, AT_EMPTY_PATH)),
	ALLOW_IF(fcntl, ALWAYS, IS(1, F_GETFL)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_GETFL)),
	ALLOW_IF(fcntl, ALWAYS, IS(1, F_SETFL)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_SETFL)),
	ALLOW_IF(fcntl, ALWAYS, IS(1, F_GETFD)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_GETFD)),
	/* Processes that add lines to one report take turns. */
	ALLOW_IF(fcntl, ALWAYS, IS(1, F_SETLKW)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_SETLKW)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_SETLKW64)),
	/* One after the other, the processes of a listener add their lines to its report. */
	ALLOW_IF(fcntl, ALWAYS, IS(1, F_SETLKW)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_SETLKW)),
	/* A pipe through which much goes is made larger. */
	ALLOW_IF(fcntl, ALWAYS, IS(1, F_GETPIPE_SZ)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_GETPIPE_SZ)),
	ALLOW_IF(fcntl, ALWAYS, IS(1, F_SETPIPE_SZ)), ALLOW_IF(fcntl64, ALWAYS, IS(1, F_SETPIPE_SZ)),
	/* How much there is to read or not yet sent, whether it is a terminal and how wide. Not TIOCSTI, which types at it. */
	ALLOW_IF(ioctl, ALWAYS, IS(1, FIONREAD)), ALLOW_IF(ioctl, ALWAYS, IS(1, TIOCOUTQ)),
	ALLOW_IF(ioctl, ALWAYS, IS(1, TCGETS)), ALLOW_IF(ioctl, ALWAYS, IS(1, TIOCGWINSZ)),

	/* Memory: malloc, that of keys, stacks of threads. None that can be executed. */
	ALLOW(brk, ALWAYS), ALLOW(munmap, ALWAYS), ALLOW(mremap, ALWAYS), ALLOW(madvise, ALWAYS),
	ALLOW(mlock, ALWAYS), ALLOW(mlock2, ALWAYS), ALLOW(munlock, ALWAYS),
	ALLOW_IF(mmap, ALWAYS, HAS_NOT(2, PROT_EXEC)), ALLOW_IF(mmap2, ALWAYS, HAS_NOT(2, PROT_EXEC)),
	ALLOW_IF(mprotect, ALWAYS, HAS_NOT(2, PROT_EXEC)),
	ALLOW_IF(prctl, ALWAYS, IS(0, NAME_MEMORY)),

	/* Threads, as glibc starts and ends them. clone3() hides its flags from a filter; glibc then takes clone(). */
	ALLOW_IF(clone, ALWAYS, HAS(CLONE_FLAGS, CLONE_THREAD)), ABSENT(clone3, ALWAYS),
	ALLOW(futex, ALWAYS), ALLOW(futex_time64, ALWAYS), ALLOW(set_robust_list, ALWAYS), ALLOW(rseq, ALWAYS),
	ALLOW(sched_yield, ALWAYS), ALLOW(sched_getaffinity, ALWAYS), ALLOW(gettid, ALWAYS), ALLOW(getcpu, ALWAYS),
	ALLOW(exit, ALWAYS), ALLOW_IF(prctl, ALWAYS, IS(0, PR_SET_NAME)),

	/* Signals: stopped and continued, poll() is resumed by restart_syscall(). */
	ALLOW(rt_sigaction, ALWAYS), ALLOW(rt_sigprocmask, ALWAYS), ALLOW(rt_sigreturn, ALWAYS), ALLOW(sigreturn, ALWAYS),
	ALLOW(sigaltstack, ALWAYS), ALLOW(restart_syscall, ALWAYS),

	/* Time, chance, and what libcrypto, malloc and the report ask about the process. */
	ALLOW(clock_gettime, ALWAYS), ALLOW(clock_gettime64, ALWAYS), ALLOW(clock_getres, ALWAYS), ALLOW(gettimeofday, ALWAYS),
	ALLOW(time, ALWAYS), ALLOW(nanosleep, ALWAYS), ALLOW(clock_nanosleep, ALWAYS), ALLOW(clock_nanosleep_time64, ALWAYS),
	ALLOW(getrandom, ALWAYS), ALLOW(getpid, ALWAYS), ALLOW(getppid, ALWAYS), ALLOW(getrusage, ALWAYS), ALLOW(times, ALWAYS), ALLOW(sysinfo, ALWAYS),
	ALLOW(uname, ALWAYS), ALLOW(exit_group, ALWAYS),
	/* Limits are read, not set. */
	ALLOW_IF(prlimit64, ALWAYS, { 2, SCMP_CMP_EQ, 0, 0 }),

	/* The filter of the relay, on top of the handshake's; it can only forbid more. */
	ALLOW(seccomp, HANDSHAKE),
	ALLOW_IF(prctl, HANDSHAKE, IS(0, PR_SET_NO_NEW_PRIVS)), ALLOW_IF(prctl, HANDSHAKE, IS(0, PR_SET_SECCOMP)),

	/*
	 * Another connection after a failed handshake: the name looked up again, which reads files and speaks to name servers; certificates
	 * and folders of them read again.
	 */
	ALLOW(socket, REDIAL), ALLOW(connect, REDIAL), ALLOW(bind, REDIAL), ALLOW(setsockopt, REDIAL),
	ALLOW(sendmmsg, REDIAL), ALLOW(recvmmsg, REDIAL), ALLOW(eventfd2, REDIAL), ALLOW(newfstatat, REDIAL), ALLOW(stat64, REDIAL),
	ALLOW(stat, REDIAL), ALLOW(access, REDIAL), ALLOW(faccessat, REDIAL), ALLOW(readlink, REDIAL), ALLOW(readlinkat, REDIAL),
	ALLOW(getdents64, REDIAL), ALLOW(getdents, REDIAL),
	ALLOW_IF(open, REDIAL, HAS_NOT(1, CHANGES_FILES)), ALLOW_IF(openat, REDIAL, HAS_NOT(2, CHANGES_FILES)),

	/* The output of a connection that did not come to be. */
	ALLOW(unlink, REMOVE), ALLOW(unlinkat, REMOVE),

	/* A temporary file takes the name that was asked for. */
	ALLOW(fsync, REPLACE), ALLOW(fdatasync, REPLACE), ALLOW(fchmod, REPLACE), ALLOW(newfstatat, REPLACE), ALLOW(fstatat64, REPLACE),
	ALLOW(rename, REPLACE), ALLOW(renameat, REPLACE), ALLOW(renameat2, REPLACE), ALLOW(unlink, REPLACE), ALLOW(unlinkat, REPLACE),

	/* A command that was started before. */
	ALLOW(wait4, CHILD), ALLOW(waitid, CHILD), ALLOW(pidfd_open, CHILD),

	/* Never by us: another program, another process's memory, code of one's own, the kernel's inside. */
	KILL(execve, ALWAYS), KILL(execveat, ALWAYS), KILL(fork, ALWAYS), KILL(vfork, ALWAYS),
	KILL_IF(clone, ALWAYS, HAS_NOT(CLONE_FLAGS, CLONE_THREAD)),
	KILL(ptrace, ALWAYS), KILL(process_vm_readv, ALWAYS), KILL(process_vm_writev, ALWAYS), KILL(pidfd_getfd, ALWAYS),
	KILL(init_module, ALWAYS), KILL(finit_module, ALWAYS), KILL(bpf, ALWAYS), KILL(perf_event_open, ALWAYS),
	KILL(userfaultfd, ALWAYS), KILL(io_uring_setup, ALWAYS), KILL(keyctl, ALWAYS), KILL(add_key, ALWAYS), KILL(request_key, ALWAYS),
	/* A look-up may load a library, which then merely fails. */
	KILL_IF(mmap, NO_REDIAL, HAS(2, PROT_EXEC)), KILL_IF(mmap2, NO_REDIAL, HAS(2, PROT_EXEC)),
	KILL_IF(mprotect, NO_REDIAL, HAS(2, PROT_EXEC)), KILL(pkey_mprotect, ALWAYS),
	KILL(socket, NO_REDIAL),
};

const struct sandbox_rule *sandbox_rule_at(size_t i)
{
	return i < sizeof(rules) / sizeof(rules[0]) ? &rules[i] : NULL;
}

unsigned sandbox_rules_for(enum sandbox_stage stage, const struct sandbox_needs *needs)
{
	const bool redial = stage == SANDBOX_HANDSHAKE && needs->redial;
	unsigned when = stage == SANDBOX_HANDSHAKE ? WHEN_HANDSHAKE : WHEN_RELAY;

	when |= redial ? WHEN_REDIAL : WHEN_NO_REDIAL;
	if (stage == SANDBOX_HANDSHAKE && needs->remove_file)
		when |= WHEN_REMOVE;
	if (needs->replace_file)
		when |= WHEN_REPLACE;
	if (needs->child)
		when |= WHEN_CHILD;
	return when;
}
