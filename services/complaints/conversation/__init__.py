"""Conversation: what reporter and officers write each other about a case, and the files they bring."""
