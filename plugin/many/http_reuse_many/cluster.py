"""The cluster of Dask that does the work.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import contextlib
import os
import signal
import tempfile
import time
from multiprocessing import resource_tracker

from http_reuse_many.told import Failure, reason_of, say

IS_GONE = "the scheduler is gone"
A_LOOK = 0.1  # seconds


class Patience:
    """With a cluster that may have no workers, for so many seconds."""

    def __init__(self, client, seconds):
        self.client, self.seconds, self.since, self.looked = client, seconds, None, 0.0

    def is_over(self):
        now = time.monotonic()
        if now - self.looked < 1:
            return False
        self.looked = now
        try:
            workers = self.client.nthreads()
        except Exception:  # of a scheduler that is gone its tasks tell
            return False
        if workers:
            self.since = None
        elif self.since is None:
            self.since = now
            say(f"the cluster has no workers: waiting {self.seconds:.0f} s for one")
        return not workers and now - self.since >= self.seconds


def ended(client, tasks, seconds, meanwhile=lambda: None):
    """Yields each of @tasks when it has ended, with why it failed, or None. Those that are left
    when there was no worker for @seconds end then. @meanwhile is called now and then."""
    waiting, patience = list(tasks), Patience(client, seconds)
    while waiting:
        done = [task for task in waiting if task.done()]
        for task in done:
            waiting.remove(task)
            if task.status == "error":
                yield task, reason_of(task.exception())
            else:
                yield task, None if task.status == "finished" else IS_GONE
        if not done and patience.is_over():
            for task in waiting:
                yield task, f"no worker for {seconds:.0f} s"
            return
        meanwhile()
        time.sleep(0 if done else A_LOOK)


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
