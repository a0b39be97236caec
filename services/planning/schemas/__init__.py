"""Requests and answers of planning's API."""
