"""The system calls that the filter lets through, with their numbers on x86_64 and aarch64.

What is not here is refused: sockets, new processes, ptrace, mount, io_uring, keys, bpf, and whatever comes with a later kernel. Each
entry is ``name:x86_64:aarch64``; ``-`` where the processor has no such call. Numbers from <asm/unistd_64.h> and <asm-generic/unistd.h>.
"""

NEWEST = 450  # a higher number is a call of a later kernel, or of x32: "not implemented" lets the C library fall back

ALLOWED = """
    read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 preadv:295:69 pwritev:296:70
    open:2:- openat:257:56 openat2:437:437 creat:85:- close:3:57 dup:32:23 dup2:33:- dup3:292:24
    lseek:8:62 stat:4:- fstat:5:80 lstat:6:- newfstatat:262:79 statx:332:291 access:21:- faccessat:269:48 faccessat2:439:439
    getdents:78:- getdents64:217:61 getcwd:79:17 chdir:80:49 fchdir:81:50 readlink:89:- readlinkat:267:78 mkdir:83:- mkdirat:258:34
    rmdir:84:- unlink:87:- unlinkat:263:35 rename:82:- renameat:264:38 renameat2:316:276 link:86:- linkat:265:37 symlink:88:-
    symlinkat:266:36 ftruncate:77:46 fsync:74:82 fdatasync:75:83 sync_file_range:277:84
    statfs:137:43 fstatfs:138:44 umask:95:166
    getxattr:191:8 lgetxattr:192:9 fgetxattr:193:10 listxattr:194:11 llistxattr:195:12 flistxattr:196:13

    pipe:22:- pipe2:293:59 poll:7:- ppoll:271:73 select:23:- pselect6:270:72 epoll_create:213:- epoll_create1:291:20 epoll_ctl:233:21
    epoll_wait:232:- epoll_pwait:281:22 epoll_pwait2:441:441 eventfd:284:- eventfd2:290:19 timerfd_create:283:85
    timerfd_settime:286:86 timerfd_gettime:287:87 signalfd:282:- signalfd4:289:74 recvfrom:45:207
    shutdown:48:210 getsockname:51:204 getpeername:52:205 getsockopt:55:209

    brk:12:214 munmap:11:215 mremap:25:216 mprotect:10:226 madvise:28:233 msync:26:227 mlock:149:228
    mlock2:325:284 munlock:150:229 membarrier:324:283 get_mempolicy:239:236 set_mempolicy:238:237 mbind:237:235 pkey_alloc:330:289
    pkey_free:331:290 pkey_mprotect:329:288

    futex:202:98 futex_waitv:449:449 set_robust_list:273:99 get_robust_list:274:100 set_tid_address:218:96 rseq:334:293
    sched_yield:24:124 sched_getaffinity:204:123 sched_getparam:143:121 sched_getscheduler:145:120 sched_get_priority_max:146:125
    sched_get_priority_min:147:126 getcpu:309:168 gettid:186:178 exit:60:93 exit_group:231:94 wait4:61:260 waitid:247:95 pause:34:-
    restart_syscall:219:128 rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigsuspend:130:133
    rt_sigtimedwait:128:137 sigaltstack:131:132 arch_prctl:158:- nanosleep:35:101 clock_nanosleep:230:115 clock_gettime:228:113
    clock_getres:229:114 gettimeofday:96:169 time:201:- times:100:153 getitimer:36:102 setitimer:38:103 alarm:37:-
    timer_create:222:107 timer_settime:223:110 timer_gettime:224:108 timer_getoverrun:225:109 timer_delete:226:111

    getpid:39:172 getppid:110:173 getuid:102:174 geteuid:107:175 getgid:104:176 getegid:108:177 getresuid:118:148 getresgid:120:150
    getgroups:115:158 getpgid:121:155 getpgrp:111:- getsid:124:156 setsid:112:157 setpgid:109:154 uname:63:160 sysinfo:99:179
    getrlimit:97:163 setrlimit:160:164 getrusage:98:165 getpriority:140:141 capget:125:90 getrandom:318:278
"""

# Landlock does not cover these: a file that may be read could be made unreadable for its owner, and a lock on it, or what is in the page cache,
# would tell one fold what another knows. They are answered with "done" and nothing happens: a library that copies a file with its
# mode and times, or locks its cache, must not fail over it.
PRETENDED = """
    chmod:90:- fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 chown:92:- fchown:93:55 lchown:94:- fchownat:260:54 utime:132:-
    utimes:235:- utimensat:280:88 futimesat:261:- setxattr:188:5 lsetxattr:189:6 fsetxattr:190:7 removexattr:197:14
    lremovexattr:198:15 fremovexattr:199:16 flock:73:32 fadvise64:221:223 readahead:187:213
"""

# Gibibytes in a moment, long before anybody looks at the disk again: space that is set aside without being written, copies that a file
# system makes by itself, and files whose pages lie on in a pipe when they are gone. Answered as by a file system that has no such thing: the C
# library and Python write the bytes instead.
LACKING = """
    fallocate:285:47 copy_file_range:326:285 sendfile:40:71
"""

# Let through until the walls stand, and no longer: the first message to the parent carries a descriptor. Afterwards descriptors could be
# hidden from it in a socket, and filters are nobody's business.
SEALED = """
    sendmsg:46:211 recvmsg:47:212 seccomp:317:277
"""

# Let through or not by their arguments: see benchmark.sandbox.seccomp.
JUDGED = """
    clone:56:220 clone3:435:435 close_range:436:436 socketpair:53:199 sendto:44:206 kill:62:129 tgkill:234:131 prlimit64:302:261
    sched_setaffinity:203:122 prctl:157:167 fcntl:72:25 ioctl:16:29 mmap:9:222
"""

# Refused like all the others; known by name, so that a report can say what was tried.
NAMED = """
    mincore:27:232 preadv2:327:286 pwritev2:328:287 splice:275:76 vmsplice:278:75 tee:276:77 remap_file_pages:216:234
    setsockopt:54:208 socket:41:198 connect:42:203 bind:49:200 listen:50:201 accept:43:202 accept4:288:242 sendmmsg:307:269 recvmmsg:299:243
    fork:57:- vfork:58:- execve:59:221 execveat:322:281 ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271
    kcmp:312:272 pidfd_open:434:434 pidfd_getfd:438:438 pidfd_send_signal:424:424 process_madvise:440:440 tkill:200:130
    rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240 unshare:272:97 setns:308:268 mount:165:40 umount2:166:39 pivot_root:155:41
    chroot:161:51 fsopen:430:430 fsmount:432:432 move_mount:429:429 open_tree:428:428 mount_setattr:442:442 mknod:133:-
    mknodat:259:33 truncate:76:45 io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427 io_setup:206:0
    add_key:248:217 request_key:249:218 keyctl:250:219 bpf:321:280 perf_event_open:298:241 userfaultfd:323:282
    open_by_handle_at:304:265 name_to_handle_at:303:264 memfd_create:319:279 memfd_secret:447:447 shmget:29:194 shmat:30:196
    msgget:68:186 semget:64:190 mq_open:240:180 inotify_init:253:- inotify_init1:294:26 fanotify_init:300:262 personality:135:92
    setuid:105:146 setgid:106:144 setreuid:113:145 setregid:114:143 setresuid:117:147 setresgid:119:149 setgroups:116:159
    capset:126:91 setpriority:141:140 ioprio_set:251:30 sched_setscheduler:144:119 sched_setparam:142:118
    sched_setattr:314:274 reboot:169:142 swapon:167:224 init_module:175:105 finit_module:313:273 kexec_load:246:104
    quotactl:179:60 syslog:103:116 acct:163:89 settimeofday:164:170 clock_settime:227:112 adjtimex:159:171 sethostname:170:161
    iopl:172:- ioperm:173:- modify_ldt:154:- landlock_create_ruleset:444:444 sync:162:81 vhangup:153:58 lookup_dcookie:212:18
"""


def numbers(table: str, machine: str) -> dict[str, int]:
    """Name → number of the calls of a table that ``machine`` has."""
    column = {"x86_64": 1, "aarch64": 2}[machine]
    rows = [entry.split(":") for entry in table.split()]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}
