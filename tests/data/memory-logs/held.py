"""Holds memory for a known time: 100 MB, then 50 MB within another function, then 80 MB and 40 MB in two children."""

import multiprocessing
import sys
import time

try:
    profile
except NameError:  # Only mprof brings it.

    def profile(function):
        return function


@profile
def load(megabytes, secs):
    held = bytearray(megabytes * 1_000_000)
    for page in range(0, len(held), 4096):
        held[page] = 1
    time.sleep(secs)


@profile
def process():
    time.sleep(0.3)
    load(50, 0.5)


if __name__ == "__main__":
    load(100, 0.5)
    process()
    if "--children" in sys.argv:
        children = [multiprocessing.Process(target=load, args=(megabytes, 0.6)) for megabytes in (80, 40)]
        for child in children:
            child.start()
        for child in children:
            child.join()
    time.sleep(0.3)
