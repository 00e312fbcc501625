"""Where things are: the top of the project, and the programs under test."""

import os
import shutil

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def existing(path):
    """The path of a program; one that is missing is a failure, never a reason to skip."""
    found = shutil.which(path)
    if not found:
        pytest.fail(f"there is no program {path}; build it or name another one", pytrace=False)
    return found
