"""The machine a benchmark ran on, as far as it matters for its numbers."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from measuring import processors

# Instruction sets that decide how fast small matrix products are.
INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "asimd", "sve")
PACKAGES = (
    "regctl",
    "tensorflow",
    "keras",
    "keras-tuner",
    "jax",
    "jaxlib",
    "numpy",
    "scipy",
    "scikit-learn",
    "typer",
    "rich",
)


def describe() -> dict[str, Any]:
    """Processor, memory, versions, date, and how busy the machine was before the first measurement."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": _processor("model name") or platform.processor() or platform.machine(),
        "processors": processors(),
        "instructions": [name for name in INSTRUCTIONS if name in _processor("flags").split()],
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def in_words(machine: dict[str, Any]) -> str:
    """The description in two lines."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['processor']}, {machine['processors']} processors ({' '.join(machine['instructions'])}), "
        f"{machine['memory_gib']} GiB, load {machine['load']} at the start; {machine['date']}\n"
        f"{machine['system']}, Python {machine['python']}, {versions}"
    )


def _processor(field: str) -> str:
    """A field of the first processor in /proc/cpuinfo; empty elsewhere than on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
