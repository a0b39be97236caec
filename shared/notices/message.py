"""A mail as bytes: headers encoded by the `email` package, which refuses a line break in any of them."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from shared.notices.address import domain_of
from shared.notices.post import Mail


def message_of(mail: Mail, *, sender: str, sender_address: str) -> bytes:
    """Return the message in 7-bit lines of SMTP; the same mail gives the same headers at each try.

    `sender` is the name that readers see. Raises `ValueError` for an address or name that fits no header.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender, addr_spec=sender_address)
    message["To"] = Address(addr_spec=mail.address)
    message["Subject"] = mail.letter.subject
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = f"<{mail.mail_id}@{domain_of(sender_address)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no robot answers
    message.set_content(mail.letter.text, cte="quoted-printable")
    if mail.letter.html is not None:
        message.add_alternative(mail.letter.html, subtype="html", cte="quoted-printable")
        message.set_boundary(f"zi-{mail.mail_id}")
    return message.as_bytes()
