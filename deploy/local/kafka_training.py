"""`python -m deploy.local.kafka_training`: one start of Kafka from which the JVM learns all later ones.

The package's JVM comes without any archive of classes, so every start reads, checks and links thousands of
them: 7.6 s of processor time until the broker listens, 3.4 s from the cache that this makes (67 MB beside the
jars). Tests start a dozen brokers.
"""

import tempfile
from functools import partial
from pathlib import Path

from deploy.local import jars, kafka
from deploy.local.process import LocalError, free_ports, is_listening
from deploy.local.waiting import Waiting


def train() -> None:
    """Make the cache unless it is there; a broker over a folder of its own starts, listens and stops.

    Raises `LocalError` when the broker does not start.
    """
    cache = kafka.start_cache()
    if cache.exists():
        return
    print("Teaching the JVM how Kafka starts ...", flush=True)
    found = jars.fetch()
    with tempfile.TemporaryDirectory(dir=jars.CACHE) as name:
        folder = Path(name)
        learnt = folder / "learnt.aot"
        port, controller_port = free_ports(2)
        kafka.prepare(folder, port, controller_port, found)
        broker = kafka.program(folder, found, folder / "kafka.log", learning=learnt).start()
        try:
            waiting = Waiting(partial(print, flush=True))
            waiting.until("Kafka", lambda: is_listening(port), moving=[broker], needed=[broker])
            broker.ask_to_stop()
            waiting.until("the JVM's cache", lambda: broker.exit_code() is not None, moving=[broker])
        finally:
            broker.kill()
        if not learnt.exists():
            raise LocalError(f"The JVM learnt nothing.{broker.last_words()}")
        learnt.replace(cache)


if __name__ == "__main__":
    try:
        train()
    except LocalError as error:
        # Starts are slower without it, and nothing else: no reason to refuse the rest.
        print(f"Kafka will start slowly: {error}", flush=True)
