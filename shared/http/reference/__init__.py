"""The descriptions of a service as pages: its operations (OpenAPI) and its events (AsyncAPI), for people.

A page is made from the very document that is served beside it, once per process.
"""
