"""Pages of channels: for the public which answer, for supervisors the register and what to do with it."""

from services.complaints.channels.pages import acts, public, register

ROUTERS = (public.router, register.router, acts.router)
