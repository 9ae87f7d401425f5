"""What this machine can do at most in the engine's layout: a thread per processor, each at work on its own arrays."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np


def matmul_peak(side: int, seconds: float) -> float:
    """Float32 operations a second in products of square matrices: the better of TensorFlow and NumPy."""
    import tensorflow as tf
    from threadpoolctl import threadpool_limits

    from regctl.engine.device import use_one_thread_per_operation

    use_one_thread_per_operation()

    def pair() -> list[np.ndarray]:
        return [np.ones((side, side), np.float32) for _ in range(2)]

    def by_tensorflow() -> Callable[[], object]:
        left, right = map(tf.constant, pair())
        return lambda: tf.matmul(left, right).numpy()

    def by_numpy() -> Callable[[], object]:
        left, right = pair()
        out = np.empty_like(left)
        return lambda: np.matmul(left, right, out=out)

    with threadpool_limits(limits=1, user_api="blas"):
        most = max(calls_a_second(work, seconds) for work in (by_tensorflow, by_numpy))
    return most * 2 * side**3


def memory_bandwidth(megabytes: int, seconds: float) -> float:
    """Bytes a second in c ← a + b, arrays far larger than the caches, and in a ← a + b: the better (STREAM's way)."""
    numbers = megabytes * 2**20 // 4

    def new_array() -> Callable[[], object]:
        a, b, c = (np.ones(numbers, np.float32) for _ in range(3))
        return lambda: np.add(a, b, out=c)

    def in_place() -> Callable[[], object]:
        a, b = np.zeros(numbers, np.float32), np.ones(numbers, np.float32)
        return lambda: np.add(a, b, out=a)

    most = max(calls_a_second(work, seconds) for work in (new_array, in_place))
    return most * 3 * 4 * numbers


def calls_a_second(work: Callable[[], Callable[[], object]], seconds: float) -> float:
    """How often all processors together do some work. `work()` makes each thread its own."""
    from regctl.engine.plan import workers

    barrier = threading.Barrier(workers())

    def thread() -> float:
        once = work()
        once()
        barrier.wait()
        calls, began = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - began) < seconds or not calls:
            once()
            calls += 1
        return calls / elapsed

    with ThreadPoolExecutor(workers()) as pool:
        return sum(future.result() for future in [pool.submit(thread) for _ in range(workers())])
