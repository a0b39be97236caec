"""Settings of a service that sends: where mails are handed over, and in whose name."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from shared.notices import address
from shared.notices.smtp import Server
from shared.notices.whatsapp import Gateway, WhatsApp
from shared.process.settings import ServiceSettings, checked
from shared.security import production


class MailSettings(ServiceSettings):
    """Read with the prefix of the service."""

    mail_from: str = Field(default="", description="Address that mails come from; needed with SMTP_URL")
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="smtp://user:password@host:587 (STARTTLS) or smtps://; empty: notices wait in the queue",
    )

    whatsapp_url: str = Field(
        default="",
        description="Where WhatsApp messages are posted, https://gateway/v23.0/<phone number id>/messages;"
        " empty: none leave",
    )
    whatsapp_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token of that gateway; needed with WHATSAPP_URL"
    )
    whatsapp_template: str = Field(
        default="zi_pemberitahuan",
        pattern=r"^[a-z0-9_]{1,512}$",
        description="Approved template with three body parameters: subject, sentences, link",
    )
    whatsapp_language: str = Field(
        default="id", pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$", description="Language of that template"
    )

    @field_validator("whatsapp_url")
    @classmethod
    def _good_gateway(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ValueError("is no address like https://gateway/v23.0/123456/messages")
        if parts.scheme == "http" and info.data.get("environment") != "development":
            raise ValueError("goes without TLS")
        return value

    @model_validator(mode="after")
    def _token_beside_gateway(self) -> Self:
        if bool(self.whatsapp_url) != bool(self.whatsapp_token.get_secret_value()):
            raise ValueError("WHATSAPP_URL and WHATSAPP_TOKEN need each other")
        return self

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

    def numbers_post(self) -> WhatsApp | None:
        """Return the way to mobile numbers, None when what goes there is to wait."""
        token = self.whatsapp_token.get_secret_value()
        if not self.whatsapp_url:
            return None
        return WhatsApp(Gateway(self.whatsapp_url, token, self.whatsapp_template, self.whatsapp_language))
