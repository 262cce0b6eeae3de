"""Reads all TIFF files of a folder with tifffile on so many threads; prints the seconds.

Two arguments: the folder and the number of threads. The files are listed before the clock starts.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import imagecodecs  # noqa: F401  (tifffile decodes with it; imported here so that it is not timed)
import tifffile

folder, threads = sys.argv[1], int(sys.argv[2])
paths = sorted(
    os.path.join(root, name)
    for root, _, names in os.walk(folder)
    for name in names
    if name.lower().endswith(".tif")
)
tifffile.imread(paths[0])
with ThreadPoolExecutor(threads) as pool:
    list(pool.map(lambda _: None, range(threads)))
    start = time.perf_counter()
    images = list(pool.map(tifffile.imread, paths))
    print(time.perf_counter() - start)
