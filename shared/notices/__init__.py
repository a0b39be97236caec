"""Sending that no service rebuilds: notices wait in the service's database and leave as mails.

A service gives texts (`catalogue`) and data. Its command queues a notice in its own transaction; the sender
gathers what one person is told into one mail and hands it to a post.
"""

from shared.notices.queue import Notice, put

__all__ = ["Notice", "put"]
