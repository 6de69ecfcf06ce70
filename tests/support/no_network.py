"""Run a command where there is no network but loopback: `python no_network.py COMMAND …`.

Linux only. A new network namespace starts with nothing but a loopback that is down; it is brought
up, and the command takes this process's place. Exit code 125 when no namespace can be made.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1
CANNOT = 125


def leave_the_network() -> bool:
    """Move this process into a namespace of its own; False when the kernel does not allow it."""
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = _NEW_NET if os.geteuid() == 0 else _NEW_USER | _NEW_NET
    if libc.unshare(wanted) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, _GET_FLAGS, request))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", flags | _UP))
    return True


if __name__ == "__main__":
    if not leave_the_network():
        print("this machine does not allow a network namespace", file=sys.stderr)
        sys.exit(CANNOT)
    os.execvp(sys.argv[1], sys.argv[1:])
