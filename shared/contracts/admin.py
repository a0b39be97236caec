"""Create the registry's topics on a broker; never change one that exists."""

import contextlib

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

from shared.contracts.topics import all_topic_configs


async def create_topics(bootstrap: str, *, replication: int = 1) -> list[str]:
    """Create every missing topic and return the names of those created.

    Partition counts are fixed for good: a topic that exists is left as it is.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [
            NewTopic(name, partitions, replication, topic_configs=configs)
            for name, partitions, configs in all_topic_configs()
            if name not in present
        ]
        if missing:
            with contextlib.suppress(TopicAlreadyExistsError):  # another start-up may be faster
                await admin.create_topics(missing)
        return [new.name for new in missing]
    finally:
        await admin.close()
