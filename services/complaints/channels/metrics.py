"""Prometheus objects of channels; what the database knows is read from it."""

from services.complaints.deadlines.readings import Reading

CHANNEL_UP = Reading(
    "zi_complaints_channel_up",
    "1 while every open channel of the kind answers or was not tested yet, 0 while one of them is down",
    ("kind",),
)
CHANNELS_DOWN = Reading(
    "zi_complaints_channels_down", "Open channels of the kind that do not answer", ("kind",)
)
