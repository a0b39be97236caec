"""What API routes share: commands, versions, lists by key, the OpenAPI document."""
