"""Stages over HTTP."""
