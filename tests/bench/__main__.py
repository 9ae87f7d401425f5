"""`make bench`; with a contender's name, that contender alone."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from regctl.models.quiet import load_tensorflow

load_tensorflow()

import grid

if len(sys.argv) > 1:
    grid.measure(sys.argv[1])
else:
    grid.main()
