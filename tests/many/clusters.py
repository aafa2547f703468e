"""Clusters of Dask, and workers that find another tshark.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import contextlib
import os
import shutil
import socket
import subprocess
import sys

import harness


def other_tshark(script, name="tshark"):
    """The environment in which `tshark`, or @name, is @script; $TSHARK is the real one."""
    folder = harness.new_folder("bin-")
    file = folder / name
    file.write_text("#!/bin/sh\n" + script)
    file.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "TSHARK": shutil.which(name),
            "MARK": str(folder / "mark")}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def cluster(extra=None):
    """A scheduler and two workers over TCP on loopback: its address, and all three processes."""
    address = f"tcp://127.0.0.1:{free_port()}"
    host, port = address.removeprefix("tcp://").split(":")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "extra": extra}
    module = [sys.executable, "-m"]
    processes = [harness.start(*module, "distributed.cli.dask_scheduler", "--host", host, "--port",
                               port, "--no-dashboard", **quiet)]
    processes += [harness.start(*module, "distributed.cli.dask_worker", address, "--nthreads", "1",
                                "--no-dashboard", "--no-nanny", **quiet) for _ in range(2)]
    try:
        yield address, processes
    finally:
        for process in processes:
            harness.end(process)
