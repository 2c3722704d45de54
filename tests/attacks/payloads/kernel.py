"""Calls that no model needs. Each is made with arguments that do no harm; what counts is who refuses: the wall, or the call itself."""

import ctypes
import os
import tempfile
from collections.abc import Collection

PLACES: dict[str, str] = {}
LIBC = ctypes.CDLL(None, use_errno=True)
REFUSED = {1, 13, 38}  # EPERM, EACCES, ENOSYS: the wall; any other answer comes from the call itself
NOWHERE = 4096  # an address that is not mapped

PTRACE_SEIZE, CLONE_NEWUSER, CLONE_NEWNS, MOUNT_BIND = 0x4206, 0x10000000, 0x20000, 4096
PARENT = os.getppid() or 1


class ReachedError(Exception):
    """Some calls got through; the message names them."""


def calls() -> dict[str, tuple[int, ...]]:
    """Name → number on x86_64 and arguments."""
    here = ctypes.c_char_p(tempfile.gettempdir().encode())
    nothing = ctypes.create_string_buffer(256)
    return {
        "ptrace": (101, PTRACE_SEIZE, PARENT, 0, 0),
        "ptrace_traceme": (101, 0, 0, 0, 0),
        "process_vm_readv": (310, PARENT, NOWHERE, 1, NOWHERE, 1, 0),
        "process_vm_writev": (311, PARENT, NOWHERE, 1, NOWHERE, 1, 0),
        "process_madvise": (440, -1, NOWHERE, 1, 21, 0),
        "kcmp": (312, os.getpid(), PARENT, 0, 0, 0),
        "pidfd_open": (434, PARENT, 0),
        "pidfd_getfd": (438, -1, 0, 0),
        "pidfd_send_signal": (424, -1, 0, 0, 0),
        "unshare": (272, CLONE_NEWUSER),
        "unshare_mounts": (272, CLONE_NEWNS),
        "unshare_descriptors": (272, 0x400),
        "close_range": (436, 4000, 4000, 2),  # a table of descriptors of this thread's own
        "clone": (56, 0x10000, 0, 0, 0, 0),  # a thread; invalid, so that none is born where it gets through
        "setns": (308, -1, 0),
        "mount": (165, here, here, b"none", MOUNT_BIND, 0),
        "umount2": (166, here, 0),
        "pivot_root": (155, here, here),
        "chroot": (161, here),
        "open_tree": (428, -100, here, 1),
        "move_mount": (429, -1, b"", -1, b"", 0),
        "fsopen": (430, b"tmpfs", 0),
        "fsmount": (432, -1, 0, 0),
        "fspick": (433, -100, here, 0),
        "mount_setattr": (442, -1, b"", 0, 0, 0),
        "io_uring_setup": (425, 1, nothing),
        "io_uring_enter": (426, -1, 0, 0, 0, 0, 0),
        "io_uring_register": (427, -1, 0, 0, 0),
        "keyctl": (250, 0, -3, 1),
        "add_key": (248, b"user", b"fusebench", b"x", 1, -3),
        "request_key": (249, b"user", b"fusebench", 0, -3),
        "bpf": (321, 0, nothing, 0),
        "perf_event_open": (298, nothing, 0, -1, -1, 0),
        "userfaultfd": (323, 1),
        "name_to_handle_at": (303, -100, here, nothing, nothing, 0),
        "open_by_handle_at": (304, -1, nothing, 0),
        "memfd_create": (319, b"attack", 0),
        "memfd_secret": (447, 0),
        "execveat": (322, -1, b"", 0, 0, 0),
        "init_module": (175, NOWHERE, 0, b""),
        "finit_module": (313, -1, b"", 0),
        "delete_module": (176, b"none", 0),
        "kexec_load": (246, 0, 0, 0, -1),
        "swapon": (167, 0, 0),
        "acct": (163, b"/nowhere"),
        "reboot": (169, 0, 0, 0, 0),
        "sethostname": (170, NOWHERE, 1),
        "syslog": (103, 3, NOWHERE, 1),
        "iopl": (172, 3),
        "ioperm": (173, 0, 1, 1),
        "vhangup": (153,),
        "shmget": (29, 0, 4096, 0),
        "msgget": (68, 0, 0),
        "semget": (64, 0, 1, 0),
        "mq_open": (240, b"fusebench", 0, 0, 0),
        "cachestat": (451, -1, 0, 0, 0),
        "mincore": (27, 0, 4096, nothing),
        "inotify_init1": (294, 0),
        "inotify_init": (253,),
        "fanotify_init": (300, 0, 0),
        "socket": (41, 1, 1, 0),
        "bind": (49, -1, 0, 0),
        "connect": (42, -1, 0, 0),
        "listen": (50, -1, 0),
        "prlimit": (302, PARENT, 0, 0, nothing),
        "move_pages": (279, PARENT, 0, 0, 0, 0, 0),
        "migrate_pages": (256, PARENT, 0, 0, 0),
        "setpriority": (141, 0, PARENT, 0),
        "setuid": (105, 12345),
        "setgroups": (116, 0, 0),
    }


def every_call(among: Collection[str] = ()) -> int:
    reached = []
    for name, (number, *arguments) in calls().items():
        if among and name not in among:
            continue
        ctypes.set_errno(0)
        answer = LIBC.syscall(
            number, *[item if isinstance(item, ctypes._SimpleCData | ctypes.Array) else _argument(item) for item in arguments]
        )
        if answer >= 0 or ctypes.get_errno() not in REFUSED:
            reached.append(name)
    if reached:
        raise ReachedError(" ".join(reached))
    raise PermissionError("every call was refused")


def capabilities() -> int:
    """What root may do beyond everybody else: effective, permitted and inheritable."""
    header, data = (ctypes.c_uint * 2)(0x20080522, 0), (ctypes.c_uint * 6)()
    if LIBC.capget(header, data):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return sum(bin(word).count("1") for word in data)


def some_calls() -> int:
    """Those that do no harm where they get through."""
    return every_call({"kcmp", "pidfd_open", "memfd_create", "shmget", "inotify_init1", "socket"})


def becoming_root() -> int:
    os.setgid(0)
    os.setuid(0)
    return int(os.getuid() == 0 and bool(capabilities()))


def _argument(item: int | bytes) -> ctypes.c_long | ctypes.c_char_p:
    return ctypes.c_char_p(item) if isinstance(item, bytes) else ctypes.c_long(item)
