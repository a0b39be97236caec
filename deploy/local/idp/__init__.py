"""The development identity provider: OpenID Connect for people who pick themselves from a list.

It has no passwords and gives any role to anybody who asks, so it listens on loopback only and refuses to
start in production.
"""
