"""Caddy's configuration, made from who owns which first path word and what each operation may be sent.

    ZI_FRONT_HOST             name of the front door, which brings TLS; "http://" (or none): any name, no TLS
    ZI_FRONT_PORT             where it listens, 8000 without a word
    ZI_FRONT_HTTP_PORT        with a name: where plain HTTP is led on to TLS, 80 without a word
    ZI_FRONT_BIND             the address it listens at, all of the machine without a word
    ZI_FRONT_TRUSTED_PROXIES  addresses or networks, by space, whose X-Forwarded-* is believed; none by itself
    ZI_FRONT_<SERVICE>        host:port of a service

Paths are compared as Caddy cleans them and passed on as they came, so whatever dots and slashes hide reaches
no other service than the one that answers 404 for it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import indent

from deploy.local.ports import DEFAULTS
from shared.http.addresses import APIS, OWNERS, START, api_of

CADDYFILE = Path(__file__).with_name("Caddyfile")
COMPRESSED = (
    "text/html", "text/css", "text/csv", "text/plain", "text/markdown", "text/javascript", "application/json",
    "application/problem+json", "image/svg+xml",
)  # fmt: skip
"""Not the streams: each of their events is short and must not wait for the next."""
HEAD_KB = 32
HEAD_SECONDS = 10
BODY_SECONDS = 300
"""The largest file comes whole in this time over a line of 1 Mbit/s."""
WHOLE_KB = 64
"""A body is whole before a service hears of it, or longer than this: what stalls holds none of its places."""
REST_SECONDS = 60
"""How long a browser's connection may rest."""
KEPT_SECONDS = 10
"""A service closes what rests for 15 seconds or more: the door lets go first, or an answer may get lost."""
FROM_ANYBODY = "static"
"""Each service has the same files of this word: while its owner is away, pages keep their looks."""
ASIDE_SECONDS = 5
"""So long the door asks the next service at once, after one of them did not answer."""
NOWHERE = "/tidak-ada"
"""No service has this path: what nobody owns is asked for here, and scoring says that it is not there."""

Caps = Mapping[str, int]
"""Path at a service (`*` for one part) -> the most bytes it may be sent, where that is more than usual."""


Foreign = Mapping[str, Callable[[int, str, str], tuple[int, str, str]]]
"""Path at the door -> what gives status, media type and body of a refusal, of our status, code and words."""


def caddyfile(services: Sequence[str], most: int, larger: Mapping[str, Caps], foreign: Foreign) -> str:
    """Return the whole configuration; `most` bytes are a body's limit but where `larger` says otherwise.

    Below the paths of `foreign` APIs the door refuses as they do.
    """
    return "\n".join(
        [
            "# Made from shared/http/addresses.py by `make docs`.",
            "# What it reads of the environment is told in deploy/front/caddyfile.py.",
            _options(),
            _PASSING,
            "{$ZI_FRONT_HOST:http://}:{$ZI_FRONT_PORT:8000} {",
            indent("\n".join([_SITE, _caps(most, larger), *_routes(services), *_faults(foreign)]), "\t"),
            "}",
            "",
        ]
    )


def _options() -> str:
    return f"""{{
	admin off
	persist_config off
	skip_install_trust
	http_port {{$ZI_FRONT_HTTP_PORT:80}}
	default_bind {{$ZI_FRONT_BIND}}
	grace_period 5s
	log {{
		output stderr
		# Who asked and for what would tell who reports: a log keeps the first word of a path and no address.
		format filter {{
			wrap json
			fields {{
				request>uri regexp "^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?]*)?(/[^/?;%]*)?.*" "$1"
				error regexp "->[^ ]+" "->-"
				request>headers delete
				request>remote_ip delete
				request>remote_port delete
				request>client_ip delete
				resp_headers delete
				user_id delete
				upstream_headers delete
			}}
		}}
	}}
	servers {{
		protocols h1 h2
		timeouts {{
			read_header {HEAD_SECONDS}s
			read_body {BODY_SECONDS}s
			idle {REST_SECONDS}s
		}}
		max_header_size {HEAD_KB}KB
		trusted_proxies static {{$ZI_FRONT_TRUSTED_PROXIES}}
		trusted_proxies_strict
	}}
}}
"""


_PASSING = f"""# One caller is named to a service, whom the door itself has seen.
(to) {{
	reverse_proxy {{args[:]}} {{
		{{block}}
		request_buffers {WHOLE_KB}KiB
		header_up X-Forwarded-For {{client_ip}}
		transport http {{
			versions 1.1
			dial_timeout 3s
			keepalive {KEPT_SECONDS}s
			keepalive_idle_conns_per_host 200
			compression off
		}}
	}}
}}
"""


_SITE = f"""log
header {{
	-Server
	-Via
	defer
}}
encode zstd gzip {{
	match {{
{indent(chr(10).join(f"header Content-Type {kind}*" for kind in COMPRESSED), chr(9) * 2)}
	}}
}}
# A compressed answer's tag names its coding; the service knows its own tag alone.
request_header If-Match "-(zstd|gzip)\\"" "\\""
"""


def _caps(most: int, larger: Mapping[str, Caps]) -> str:
    parts = []
    paths = []
    for service, caps in larger.items():
        for path, size in caps.items():
            is_page = path.split("/")[1] in OWNERS
            paths.append(path if is_page else f"{api_of(service)}{path}")
            parts.append(f"request_body {paths[-1]} {{\n\tmax_size {size}B\n}}")
    if paths:
        parts.insert(0, f"@usual not path {' '.join(paths)}")
    return "\n".join([*parts, f"request_body {'@usual ' if paths else ''}{{\n\tmax_size {most}B\n}}", ""])


def _routes(services: Sequence[str]) -> Iterator[str]:
    """Yield the ways in, in the order in which Caddy tries them; one of them always fits."""
    for service in services:
        words = " ".join(f"{api_of(service)}{path}" for path in _paths(_words_of(service)))
        yield f"@pages-of-{service} path {api_of(service)}/ {words}"
    yield "route {"
    for service in services:
        yield f"\thandle @pages-of-{service} {{\n\t\trewrite * {NOWHERE}\n\t\t{_to(OWNERS[''])}\n\t}}"
        named = f"header_down Location ^/ {api_of(service)}/"
        yield f"\thandle_path {api_of(service)}/* {{\n\t\t{_to(service)} {{\n\t\t\t{named}\n\t\t}}\n\t}}"
    yield _from_anybody(services)
    owned = sorted(OWNERS.keys() - {FROM_ANYBODY}, key=lambda word: (services.index(OWNERS[word]), word))
    for service, words_ in groupby(owned, key=OWNERS.__getitem__):
        paths = " ".join(_paths(list(words_)))
        yield f"\t@{service} path {paths}\n\thandle @{service} {{\n\t\t{_to(service)}\n\t}}"
    yield f"\thandle {{\n\t\trewrite * {NOWHERE}\n\t\t{_to(OWNERS[''])}\n\t}}"
    yield "}"


def _from_anybody(services: Sequence[str]) -> str:
    owner = OWNERS[FROM_ANYBODY]
    others = [service for service in services if service != owner]
    passed = f"lb_policy first\n\t\t\tlb_retries {len(others)}\n\t\t\tfail_duration {ASIDE_SECONDS}s"
    asked = f"\thandle @anybody {{\n\t\t{_to(owner, *others)} {{\n\t\t\t{passed}\n\t\t}}\n\t}}"
    return f"\t@anybody path {' '.join(_paths([FROM_ANYBODY]))}\n{asked}"


def _to(*services: str) -> str:
    places = (f"{{$ZI_FRONT_{service.upper()}:127.0.0.1:{DEFAULTS[service]}}}" for service in services)
    return f"import to {' '.join(places)}"


def _words_of(service: str) -> list[str]:
    """Return the words of a service's pages, which its API has no part in."""
    return sorted(word for word, owner in OWNERS.items() if owner == service and word)


def _paths(words: Sequence[str]) -> list[str]:
    return [path for word in words for path in ([f"/{word}", f"/{word}/*"] if word else ["/"])]


_AWAY = 503
_UNSURE = (
    "Kiriman Anda mungkin belum tercatat. Tunggu sebentar, lalu muat ulang halaman ini: isian Anda dikirim "
    "lagi, dan yang sudah tercatat tidak tercatat dua kali."
)
"""For whoever sent a form: the door cannot tell how far it came, and a browser still has it."""


def _faults(foreign: Foreign) -> Iterator[str]:
    """Yield what the door itself says: a problem to programs, a page with the next step to people."""
    yield _fault(
        foreign, "413", 413, "body_too_large", "Kiriman melebihi batas ukuran",
        "Perkecil isinya, lalu kirim lagi.",
    )  # fmt: skip
    yield _fault(
        foreign, "502 503 504", _AWAY, "unavailable", "Layanan sedang tidak tersedia",
        "Tunggu sebentar, lalu coba lagi.", _UNSURE,
    )  # fmt: skip
    yield _fault(
        foreign, "", 400, "refused", "Permintaan tidak dapat diterima", "Permintaan ini tidak dapat dibaca."
    )


def _fault(
    foreign: Foreign, codes: str, status: int, code: str, title: str, words: str, sent_words: str = ""
) -> str:
    problem = {
        "type": f"urn:zona-integritas:problem:{code}", "title": title, "status": status, "detail": words,
        "code": code, "errors": [], "instance": "urn:request:-",
    }  # fmt: skip
    sent = f"""
	@sent not method GET HEAD
	handle @sent {{
{_page(status, title, sent_words)}
	}}"""
    retry = "\n\theader Retry-After 5" if status == _AWAY else ""
    opening = f"handle_errors {codes}".rstrip()
    return f"""{opening} {{
	header Cache-Control no-store
	header X-Content-Type-Options nosniff{retry}{"".join(_of_foreign(foreign, status, code, words))}
	@api path {APIS}/*
	handle @api {{
		header Content-Type application/problem+json
		respond `{json.dumps(problem, ensure_ascii=False)}` {status}
	}}{sent if sent_words else ""}
	handle {{
{_page(status, title, words)}
	}}
}}"""


def _of_foreign(foreign: Foreign, status: int, code: str, words: str) -> Iterator[str]:
    """Yield the refusals of foreign APIs; Caddy tries the longer path first."""
    for number, (path, refusal) in enumerate(foreign.items(), 1):
        told, media_type, body = refusal(status, code, words)
        yield f"""
	@foreign-{number} path {path}*
	handle @foreign-{number} {{
		header Content-Type {media_type}
		respond `{body}` {told}
	}}"""


def _page(status: int, title: str, words: str) -> str:
    page = (
        f'<!doctype html><html lang="id"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{title} · Zona Integritas</title><h1>{title}</h1><p>{words}</p>"
        f'<p><a href="{START}">Ke halaman depan</a></p></html>'
    )
    return f"""		header Content-Type "text/html; charset=utf-8"
		header Content-Security-Policy "default-src 'none'"
		respond `{page}` {status}"""
