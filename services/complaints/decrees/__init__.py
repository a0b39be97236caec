"""Handling units: whom a decree appoints to handle cases, of which units and streams, until when."""
