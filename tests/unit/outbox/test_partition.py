"""The relay puts a key where every other Kafka client would."""

from aiokafka.partitioner import DefaultPartitioner

from shared.outbox.broker import _partition


def test_a_key_goes_where_kafkas_own_partitioner_puts_it() -> None:
    theirs = DefaultPartitioner()
    for count in (1, 12, 13):
        places = list(range(count))
        for number in range(500):
            key = f"u-{number}-ä".encode()
            assert _partition(key, places, places) == theirs(key, places, places)
