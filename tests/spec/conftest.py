"""Specs in files."""

import pytest


@pytest.fixture
def write(tmp_path):
    """Write a spec file and return its path."""

    def writer(text, name="housing.yaml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return writer
