"""Create the registry's topics on a broker; never change one that exists, but say where it differs."""

import contextlib
from collections.abc import Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError

from shared.contracts.topics import all_topic_configs

PATIENCE_MS = 300_000
"""A broker that has just started on a slow machine may be busy for long; who is away is told at once."""


async def create_topics(bootstrap: str, *, replication: int = 1) -> list[str]:
    """Create every missing topic and return the names of those created.

    Partition counts are fixed for good: a topic that exists is left as it is.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=PATIENCE_MS)
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


async def differences(bootstrap: str) -> list[str]:
    """Return in one sentence each what is otherwise on the broker than in the registry."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted = {name: (partitions, configs) for name, partitions, configs in all_topic_configs()}
        described = {entry["topic"]: entry for entry in await admin.describe_topics(list(wanted))}
        present = [name for name in wanted if not described[name]["error_code"]]
        configs = await _configs(admin, present)
    finally:
        await admin.close()
    found = [f"{name} does not exist" for name in wanted if name not in present]
    for name in present:
        partitions, expected = wanted[name]
        if (count := len(described[name]["partitions"])) != partitions:
            found.append(f"{name} has {count} partitions instead of {partitions}: keys have moved")
        for key, value in expected.items():
            if (actual := configs[name].get(key)) != value:
                found.append(f"{name} has {key}={actual} instead of {value}")
    return found


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the configuration of topics by name."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in await admin.describe_configs(asked)
        for _code, _message, _kind, name, entries in answer.resources
    }
