"""Spec → search: what will be searched, by which tuner, and on what; known before anything trains."""

from typing import Literal, TypeAlias

Target: TypeAlias = Literal["dropout", "lambda", "model"]
