"""Compare our watermarks with the broker, so that neither side's loss is taken for progress.

Source: reliability.md section 3, rule 4.
"""

from collections.abc import Awaitable, Callable, Mapping

from shared.consumer.batch import HaltError
from shared.consumer.codec import fingerprint
from shared.consumer.watermark import Mark
from shared.contracts.topics import topic
from shared.kafka.client import Partition, Unreadable
from shared.kafka.reader import Reader


async def refuse_contradiction(
    reader: Reader,
    group_id: str,
    load_marks: Callable[[], Awaitable[Mapping[Partition, Mark]]],
    *,
    with_fingerprints: bool,
) -> None:
    """Raise `HaltError` when broker and watermarks cannot both be right.

    Batches go on being applied meanwhile, so the three are read in the order in which they may grow past
    each other: Kafka's commit trails our watermark, which trails the end of the log.

    `offset_ahead`: Kafka's committed offset is beyond ours, so our database was restored and records
    would be skipped. `log_went_back`: the log ends before ours, or holds another record there, or it
    is another cluster. Compacted topics lose records by design: only end and cluster are compared.
    """
    cluster = await reader.cluster_id()
    committed = await reader.committed(group_id)
    marks = await load_marks()
    ends = await reader.ends(list(marks))
    for partition, mark in marks.items():
        name = _named(partition)
        if mark.cluster_id != cluster:
            raise HaltError("log_went_back", f"{name}: watermark is of cluster {mark.cluster_id}")
        if ends[partition] < mark.next_offset:
            raise HaltError(
                "log_went_back", f"{name}: log ends at {ends[partition]}, watermark {mark.next_offset}"
            )
        if committed.get(partition, 0) > mark.next_offset:
            raise HaltError(
                "offset_ahead", f"{name}: committed {committed[partition]}, watermark {mark.next_offset}"
            )
    if with_fingerprints:
        await _refuse_other_records(reader, marks)


async def unreadable(reader: Reader, marks: Mapping[Partition, Mark]) -> list[Unreadable]:
    """Return what cannot be read of that which the watermarks stand before."""
    first = await reader.first(_offsets(marks), await reader.ends(list(marks)))
    return [one for one in first.values() if isinstance(one, Unreadable)]


async def _refuse_other_records(reader: Reader, marks: Mapping[Partition, Mark]) -> None:
    """Read the record before each watermark and compare; one pass over all partitions."""
    compared = {
        partition: mark
        for partition, mark in marks.items()
        if topic(partition[0]).cleanup != "compact" and mark.fingerprint is not None
    }
    ends = _offsets(compared)
    found = await reader.first({partition: end - 1 for partition, end in ends.items()}, ends)
    for partition, mark in compared.items():
        record = found.get(partition)
        if record is None or fingerprint(record) != mark.fingerprint:
            raise HaltError("log_went_back", f"{_named(partition)}: another record before the watermark")


def _offsets(marks: Mapping[Partition, Mark]) -> dict[Partition, int]:
    return {partition: mark.next_offset for partition, mark in marks.items()}


def _named(partition: Partition) -> str:
    name, number = partition
    return f"{name}[{number}]"
