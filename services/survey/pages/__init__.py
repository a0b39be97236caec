"""Pages: the public questionnaire, what anybody may read, and the campaigns of operators."""

from services.survey.pages import desk, invitation, open_to_all

ROUTERS = (desk.router, open_to_all.router, invitation.router)
