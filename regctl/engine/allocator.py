"""Keeps freed memory instead of handing it back to the system after every operation."""

import ctypes
import sys

from regctl.engine.plan import workers

# Names and limits from glibc's <malloc.h> and malloc.c: thresholds above 32 MiB are refused.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_MMAP_LIMIT = 32 * 2**20
_TRIM_NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """Makes glibc reuse the buffers of a training step for the next one.

    A step allocates and frees tensors of some megabytes. By default glibc maps each from the system and gives it back,
    so every step touches thousands of fresh pages: about a tenth of the time of a stacked Adam step. What one thread
    has freed another can only reuse if they share an arena: there are as many as chunks that train beside each other,
    not eight times the processors. Elsewhere than on glibc nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MMAP_LIMIT)
        mallopt(_M_TRIM_THRESHOLD, _TRIM_NEVER)
        mallopt(_M_ARENA_MAX, workers())
