"""A worker that dies at once, as one that the system kills. In a file of its own: the process imports nothing else."""

import os
import signal


def die(connection, job):
    os.kill(os.getpid(), signal.SIGKILL)
