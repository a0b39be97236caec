"""What all pages of survey share: their layout, and the cookie of whom an invitation stands for."""

from pathlib import Path

from shared.http.pages.rendering import Pages

COOKIE = "zi-survey-invitation"
PAGES = Pages(
    title="Survei",
    folder=Path(__file__).parents[1],
    cookies=(f"__Host-{COOKIE}", COOKIE),
    own_page=("Ke undangan yang sedang terbuka", "/s"),
    carried=("invitation", "text_version", "response_id"),
)
SEE_OTHER = 303
