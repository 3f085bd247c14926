"""A server that leaves much behind: its arguments are a mark, and how its descendants go their own ways."""

import os
import signal
import sys
import time

WAY = sys.argv[2]


def rest() -> None:
    while True:
        time.sleep(1)


def chain() -> None:
    for _ in range(150):
        if os.fork():
            rest()
        os.setsid()
    os.write(1, b"up\n")
    rest()


def wide() -> None:
    for _ in range(100):
        if os.fork() == 0:
            os.setsid()
            rest()
    os.write(1, b"up\n")
    rest()


def hopping() -> None:
    # Each lives for a millisecond, and has a successor by then.
    os.write(1, b"up\n")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(0.001)


def regrouped() -> None:
    os.write(1, b"up\n")
    rest()


signal.signal(signal.SIGTERM, signal.SIG_IGN)
if WAY == "regrouped":
    # The server itself leaves the group that it was put into.
    group = os.fork()
    if group == 0:
        os.setpgid(0, 0)
        rest()
    time.sleep(0.1)
    os.setpgid(0, group)
    regrouped()
if os.fork() == 0:
    os.setsid()
    {"chain": chain, "wide": wide, "hopping": hopping}[WAY]()
rest()
