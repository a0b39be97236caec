"""Settings of a service that sends: where mails are handed over, and in whose name."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from shared.notices import address
from shared.notices.smtp import Server
from shared.process.settings import ServiceSettings, checked
from shared.security import production


class MailSettings(ServiceSettings):
    """Read with the prefix of the service."""

    mail_from: str = Field(default="", description="Address that mails come from; needed with SMTP_URL")
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="smtp://user:password@host:587 (STARTTLS) or smtps://; empty: notices wait in the queue",
    )

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        return address.checked(value) if value else value

    @field_validator("smtp_url")
    @classmethod
    def _good_server(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = value.get_secret_value()
        if not url:
            return value
        Server.of(url, needs_tls=True)
        if not info.data.get("mail_from"):
            raise ValueError("is set, and MAIL_FROM names no address that mails come from")
        return checked(value, info, production.password_fault(url))

    def mail_server(self) -> Server | None:
        """Return where mails are handed over, None when notices are to wait."""
        url = self.smtp_url.get_secret_value()
        return Server.of(url, needs_tls=not self.accepts_plaintext("mail")) if url else None
