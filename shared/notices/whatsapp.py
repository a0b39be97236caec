"""Notices leave as WhatsApp messages: an approved template with parameters, over a gateway's HTTP.

The gateway speaks like the WhatsApp Cloud API. A message has three parameters: subject, sentences, and the
link of the first notice. Source: WhatsApp Business Platform, Cloud API, messages and error codes; survey.md
section 5.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx2

from shared.held import refuse_while_holding
from shared.notices.catalogue import Letter
from shared.notices.post import Mail, MailRefusedError, PostAwayError, PutOffError, UncertainError

SECONDS = 30.0
"""A message is handed over in this time, whatever the gateway does."""
CONNECT_SECONDS = 10.0
LONGEST_PARAMETER = 700
"""Characters; the body of a template has 1,024 with its own words."""
LONGEST_RETRY_SECONDS = 3600.0
MOST_ANSWER_BYTES = 65_536

_TOO_MANY, _UNAVAILABLE, _SERVERS = 429, 503, 500
_LOGIN = frozenset({401, 403})
_OF_SENDER = frozenset({0, 10, 190, 130429, 131048, 80007, 368, 131031})
"""Codes that say no to the sender as a whole: token, right, rate, spam, account."""
_OF_TEMPLATE = range(132000, 133000)
"""Codes of templates: a setting is wrong, not the message."""
_LATER = frozenset({1, 2, 131000, 131016, 131056, 131057})
"""Codes that say no for now: the gateway's trouble, or too many to one recipient."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where messages are sent from: the address that they are posted to, and the approved template."""

    url: str
    token: str
    template: str
    language: str


class WhatsApp:
    """Hands messages to one gateway."""

    def __init__(self, gateway: Gateway, *, seconds: float = SECONDS) -> None:
        self._gateway = gateway
        self._seconds = seconds
        # No connection is kept: messages are few, and an idle one would outlive its worker.
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, mail: Mail) -> None:
        """Hand a message over; raises as `shared.notices.post.Post.send`, and `UncertainError`.

        `Idempotency-Key` is the mail's id at each try: a gateway that knows it sends nothing twice.
        """
        refuse_while_holding("the message gateway")
        headers = {
            "Authorization": f"Bearer {self._gateway.token}",
            "Idempotency-Key": str(mail.mail_id),
        }
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.post(
                    self._gateway.url, headers=headers, json=self._message(mail.address, mail)
                )
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise PostAwayError("connection") from error
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise UncertainError("uncertain_timeout") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UncertainError("uncertain_connection") from error
        _judge(answer)

    def _message(self, number: str, mail: Mail) -> dict[str, Any]:
        body = [{"type": "text", "text": text} for text in parameters_of(mail.letter)]
        return {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": number.removeprefix("+"),
            "type": "template",
            "template": {
                "name": self._gateway.template,
                "language": {"code": self._gateway.language},
                "components": [{"type": "body", "parameters": body}],
            },
            "biz_opaque_callback_data": str(mail.mail_id),
        }


def parameters_of(letter: Letter) -> tuple[str, str, str]:
    """Return the parameters of a template: subject, all sentences as far as they fit, and the first link."""
    told = " ".join(f"{item.happened} {item.todo}" for item in letter.items)
    if len(letter.items) > 1:
        told = " ".join(item.happened for item in letter.items)
    if len(told) > LONGEST_PARAMETER:
        told = f"{told[: LONGEST_PARAMETER - 1]}…"
    return letter.subject, told, letter.items[0].link


def _judge(answer: httpx2.Response) -> None:
    """Raise unless the gateway took the message; its words may name the number, so codes alone are kept."""
    said = _said(answer)
    code = said.get("error", {}).get("code") if isinstance(said.get("error"), dict) else None
    if answer.is_success and code is None:
        if not said.get("messages"):
            raise UncertainError("uncertain_answer")
        return
    reason = f"answer_{code if isinstance(code, int) else answer.status_code}"
    if answer.status_code == _TOO_MANY and code != 131056:  # noqa: PLR2004 - one recipient's rate, not ours
        raise PostAwayError("too_many", _retry_after(answer))
    if answer.status_code in _LOGIN:
        raise PostAwayError("login")
    if code in _OF_SENDER:
        raise PostAwayError(reason, _retry_after(answer))
    if isinstance(code, int) and code in _OF_TEMPLATE:
        raise PostAwayError(reason)
    if answer.status_code == _UNAVAILABLE:
        raise PostAwayError(reason, _retry_after(answer))
    if code in _LATER or answer.status_code >= _SERVERS or answer.is_redirect:
        raise PutOffError(reason)
    raise MailRefusedError(reason)


def _said(answer: httpx2.Response) -> dict[str, Any]:
    if len(answer.content) > MOST_ANSWER_BYTES:
        return {}
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _retry_after(answer: httpx2.Response) -> float | None:
    """Return the seconds that the gateway asks for, an hour at most; a date is left out."""
    told = answer.headers.get("retry-after", "")
    return min(float(told), LONGEST_RETRY_SECONDS) if told.isascii() and told.isdigit() else None
