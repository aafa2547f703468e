"""The cluster of Dask that does the work.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import contextlib

from http_reuse_many.told import Failure, say


@contextlib.contextmanager
def cluster_of(asked):
    """A client of the cluster that was named, or of one that ends with this process."""
    import logging
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise Failure(f"{error}: python3-distributed is not installed") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if asked.scheduler:
        try:
            client = Client(asked.scheduler, timeout="20s")
        except ValueError as error:
            raise Failure(f"--scheduler {asked.scheduler}: {error}") from error
        with client:
            yield client
        return
    with LocalCluster(n_workers=asked.workers, threads_per_worker=1, processes=True,
                      dashboard_address="127.0.0.1:0", memory_limit=0, silence_logs=logging.CRITICAL,
                      host="127.0.0.1") as cluster:
        with Client(cluster) as client:
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
