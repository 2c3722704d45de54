# An attack speaks to the system as directly as it can.
# ruff: noqa: PTH118, PTH123
"""Ways out over a socket, and to other processes. Each returns how many doors were open; a wall raises."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import tempfile

PLACES: dict[str, str] = {}
LIBC = ctypes.CDLL(None, use_errno=True)
SIGNALS = {"kill": 62, "tkill": 200, "rt_sigqueueinfo": 129, "pidfd_open": 434}  # x86_64


def parent() -> int:
    """Who has forked this process; from inside a pid namespace that is nobody, and its first process the next best."""
    return os.getppid() or 1


def check(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def sockets_of_every_family() -> int:
    opened, refusal = [], None
    families = [family for family in vars(socket) if family.startswith("AF_") and family != "AF_UNSPEC"]
    for family in families:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(getattr(socket, family), kind).close()
            except OSError as error:
                if error.errno in (1, 13) or refusal is None:
                    refusal = error
            else:
                opened.append(family)
    if not opened and refusal:
        raise refusal
    return len(opened)


def call_home() -> int:
    """What a report must name: whether it got a socket, or a process."""
    opened = 0
    for way in (lambda: socket.socket(socket.AF_INET).close(), lambda: os.fork() or os._exit(0)):
        with contextlib.suppress(OSError):
            way()
            opened += 1
    return opened


def behind_a_thousand_calls() -> int:
    """So many refused calls that nobody listens to the next."""
    for _ in range(1001):
        LIBC.sync()
    return call_home()


def behind_many_names() -> int:
    """First many calls with arguments that no kernel takes, then the two: a list that is full would have no room for them."""
    for number in (27, 154, 162, 172, 173, 206, 212, 250, 253, 294, 298, 300, 303, 304, 310, 312, 319, 321, 323, 425, 426, 427, 434, 438):
        LIBC.syscall(number, -1, -1, -1, -1, -1)
    for family in range(1000, 1040):
        with contextlib.suppress(OSError):
            socket.socket(family)
    return call_home()


def dns() -> int:
    return len(socket.getaddrinfo("example.org", 443))


def own_loopback() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(b"x")
    return 1


def socket_of_the_other_abi() -> int:
    """The 32-bit entrance of a 64-bit kernel: other numbers, past a filter that looks at the number alone."""
    import mmap

    if os.uname().machine != "x86_64":
        raise OSError("no such entrance on this architecture")
    # push rbx; mov eax, 359 (socket); mov ebx, AF_INET; mov ecx, SOCK_STREAM; xor edx, edx; int 0x80; pop rbx; ret
    code = bytes.fromhex("53 b867010000 bb02000000 b901000000 31d2 cd80 5b c3")
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    answer = call()
    if answer < 0:
        raise OSError(-answer, os.strerror(-answer))
    return 1


def socket_by_x32() -> int:
    """The third set of numbers of the same kernel."""
    return 1 + check(LIBC.syscall(0x40000000 | 41, 2, 1, 0))


def abstract_name_on_a_pair() -> int:
    """A harmless pair of sockets, one of which takes a name that every process of the machine may call."""
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.bind(b"\0fusebench-attack-" + str(os.getpid()).encode())
    return 1


def pair_to_a_stranger() -> int:
    """The same pair calls the abstract socket of a process outside."""
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return one.sendto(b"outcome", PLACES["abstract"].encode().replace(b"@", b"\0"))


def socket_file() -> int:
    socket.socket(socket.AF_UNIX).bind(os.path.join(tempfile.gettempdir(), "door"))
    return 1


def signal_to_the_parent() -> int:
    os.kill(parent(), 0)
    return 1


def signal_to_everybody() -> int:
    """Signal 0 asks whether a real one would arrive."""
    os.kill(-1, 0)
    return 1


def signal_to_the_group() -> int:
    os.killpg(os.getpgid(parent()), 0)
    return 1


def signal_by_other_numbers() -> int:
    whom, reached = parent(), 0
    for number in SIGNALS.values():
        reached += LIBC.syscall(number, whom, 0, 0) >= 0
    if not reached:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return reached


def signal_by_owning_a_pipe() -> int:
    """The kernel signals the owner of a pipe that has become readable: here the parent is made its owner."""
    reader, writer = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, parent())
    fcntl.fcntl(reader, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(reader, fcntl.F_SETFL, fcntl.fcntl(reader, fcntl.F_GETFL) | os.O_ASYNC)
    os.write(writer, b"x")
    return 1


def limits_of_the_parent() -> int:
    """A limit of 0 on the processor time of the harness would end it: here its limits are only asked for."""
    limits = (ctypes.c_ulong * 2)()
    check(LIBC.prlimit(parent(), 0, None, limits))
    return 1


def priority_of_the_parent() -> int:
    os.setpriority(os.PRIO_PROCESS, parent(), os.getpriority(os.PRIO_PROCESS, parent()) + 1)
    return 1


def processors_of_the_parent() -> int:
    os.sched_setaffinity(parent(), {0})
    return 1


def lock_on_a_library() -> int:
    """A lock on a file that every fold may read tells a fold that runs at the same time one bit; there are many files."""
    with open(os.__file__, "rb") as one, open(os.__file__, "rb") as other:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 1
    raise PermissionError("no lock is held")


def lock_on_bytes_of_a_library() -> int:
    get_lock, set_lock = 36, 37  # F_OFD_GETLK and F_OFD_SETLK: of the open file, not of the process
    mine, wished = (struct.pack("hhqqi4x", kind, 0, 0, 0, 0) for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK))
    with open(os.__file__, "rb") as one, open(os.__file__, "rb") as other:
        fcntl.fcntl(one, set_lock, mine)
        seen = struct.unpack("hhqqi4x", fcntl.fcntl(other, get_lock, wished))[0]
    return int(seen != fcntl.F_UNLCK)


def lease_on_a_library() -> int:
    with open(os.__file__, "rb") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    return 1


def page_cache_of_a_library() -> int:
    """Which parts of a shared file lie in memory is what others have read of it."""
    number, no_wait = 327, 8  # preadv2 on x86_64, RWF_NOWAIT
    room = ctypes.create_string_buffer(64)
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(room), 64)
    with open(os.__file__, "rb") as file:
        if LIBC.syscall(number, file.fileno(), vector, 1, ctypes.c_long(0), ctypes.c_long(0), no_wait) >= 0 or ctypes.get_errno() == 11:
            return 1
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
