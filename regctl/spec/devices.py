"""How a device is named, on the command line and from Python."""

import re

DEVICES = re.compile(r"auto|cpu|gpu(:\d+)?")
EXPECTED = "expected auto, cpu, gpu or gpu:N"
