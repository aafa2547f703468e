"""SPDX-License-Identifier: GPL-2.0-or-later"""
import pytest

pytest.register_assert_rewrite("beside", "harness", "outputs", "packets", "survival")

import harness  # noqa: E402
import packets  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def plugin_under_test():
    """What is tested is what was built, and not a copy that lies around in the system."""
    result = harness.run("tshark", "-G", "plugins")
    loaded = [line.split("\t")[-1] for line in result.lines if "http_reuse" in line]
    assert len(loaded) == 1, result
    assert loaded[0].startswith(str(harness.home())), loaded
    without = harness.run("tshark", "-G", "plugins", plugin=False)
    assert "http_reuse" not in without.text


@pytest.fixture
def folder():
    """A folder that the programs can write to."""
    return harness.new_folder()


@pytest.fixture
def trace():
    """A capture that is built packet by packet."""
    return packets.Trace()
