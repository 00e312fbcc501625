"""docs/configuration.md says what the table of directives says."""

import os
import re

import pytest

from .conftest import TOP

pytestmark = pytest.mark.fast


def test_the_list_of_directives_without_effect_is_complete(start):
    with open(os.path.join(TOP, "docs", "configuration.md"), encoding="utf-8") as page:
        _, _, section = page.read().partition("## Accepted, without effect")
    documented = re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
    table = start("ours").ask("TABLE")
    assert documented == [(name, why) for name, _, why, _ in table if why]
