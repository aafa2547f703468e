"""The cluster of Dask that does the work.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import contextlib
import os
import signal
import tempfile
from multiprocessing import resource_tracker

from http_reuse_many.told import Failure, say


@contextlib.contextmanager
def interrupts_wait():
    """A terminal sends Ctrl-C to workers, too. Those that are started here never hear of it: they
    end by us, in order."""
    resource_tracker.ensure_running()  # later it would unblock what is blocked here
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@contextlib.contextmanager
def cluster_of(asked, work):
    """A client of the cluster that was named, or of one that ends with this process."""
    import logging
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")  # of workers, too
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise Failure(f"{error}: python3-distributed is not installed") from error
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if asked.scheduler:
        try:
            client = Client(asked.scheduler, timeout="20s")
        except (ValueError, OSError) as error:
            raise Failure(f"--scheduler {asked.scheduler}: {error}") from error
        with client:
            yield client
        return
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workers.", dir=work))
        with interrupts_wait():
            cluster = stack.enter_context(LocalCluster(
                n_workers=asked.workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=logging.CRITICAL,
                local_directory=folder))
            client = stack.enter_context(Client(cluster))
        yield client


@contextlib.contextmanager
def leaving_nothing(client, end_programs, work):
    """Where the run is interrupted, no task is begun and none goes on: @end_programs runs on each
    worker."""
    from dask.distributed import Future
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted: ending what runs")
        with contextlib.suppress(Exception):
            client.cancel([Future(key, client) for key in list(client.futures)], force=True)
            client.run(end_programs, str(work))
        raise
