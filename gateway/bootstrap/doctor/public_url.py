"""Whether what carriers call leads here, and a signature made for it is accepted here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from gateway.adapters.providers.twilio.self_test import SelfTest, self_test
from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.doctor.twilio import is_used
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound

_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
_ACCEPTED: Final = 204
_REFUSED: Final = 403
_NAME: Final = "public url"
_OTHER_STATUSES: Final = {
    400: ("something on the way changes the request's body", "let the proxy hand the body on as it is"),
    404: (
        "it leads elsewhere, or the proxy changes the path",
        "let the proxy hand on the path as it is; see that the running gateway has the provider twilio",
    ),
    413: ("the proxy takes no such body", "let it take bodies of server.body_limit"),
    502: ("the proxy does not reach the gateway", "see that the gateway runs where the proxy looks for it"),
    503: ("no gateway is ready behind it", "see /readyz of each process"),
    504: ("the gateway does not answer the proxy in time", "see /readyz of each process, and the database"),
}


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    location: str


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Post a signed report that changes nothing, as the carrier would, then one that is not signed."""
    url = patient.settings.server.public_url
    if not is_used(patient.settings):
        return [await _alive(patient, url)]
    token = patient.settings.twilio.auth_token.get_secret_value()
    try:
        signed = await _post(patient, self_test(url, token))
        if signed.status == _ACCEPTED:
            unsigned = await _post(patient, self_test(url, ""))
            found = _accepted(unsigned.status, url)
        elif signed.status == _REFUSED:
            found = _unverified(await _post(patient, self_test(url, token, plain=True)), url)
        else:
            found = _unexpected(signed, url)
    except (aiohttp.ClientError, OSError) as error:
        found = _unreachable(error, url)
    return [found, *_address(url)]


async def _post(patient: Patient, request: SelfTest) -> _Answer:
    async with patient.session.post(
        URL(request.url, encoded=True),
        data=request.body,
        headers=request.headers,
        timeout=_TIMEOUT,
        allow_redirects=False,
    ) as answer:
        return _Answer(answer.status, answer.headers.get("Location", ""))


async def _alive(patient: Patient, url: str) -> Diagnosis:
    try:
        async with patient.session.get(f"{url}/healthz", timeout=_TIMEOUT, allow_redirects=False) as answer:
            if answer.status == 200:  # noqa: PLR2004 - the one status that says so
                return sound(
                    _NAME, "the gateway answers there; no carrier signs, so no signature was tried", url
                )
            return _unexpected(_Answer(answer.status, answer.headers.get("Location", "")), url)
    except (aiohttp.ClientError, OSError) as error:
        return _unreachable(error, url)


def _accepted(unsigned: int, url: str) -> Diagnosis:
    if unsigned != _REFUSED:
        words = "whatever answers there takes requests that nobody signed: it is no gateway of this version"
        seen = f"unsigned: {unsigned} instead of {_REFUSED}"
        return broken(_NAME, words, "see where server.public_url leads", seen)
    return sound(_NAME, "a signed request is accepted there, an unsigned one is refused", url)


def _unverified(plain: _Answer, url: str) -> Diagnosis:
    if plain.status == _ACCEPTED:
        words = "the proxy changes query or body: signatures of most requests fail"
        remedy = "let it hand on path, query and body as they came (nginx: proxy_pass without a path)"
        return broken(_NAME, words, remedy, f"{url}: 403, 204 for a request with nothing to change")
    words = "the gateway there refuses what is signed with this token for this URL"
    remedy = (
        "restart it if settings were changed; else its server.public_url or twilio.auth_token "
        "differ from these, or the proxy changes the path"
    )
    return broken(_NAME, words, remedy, f"{url}: 403, {plain.status} for a plain request")


def _unexpected(answer: _Answer, url: str) -> Diagnosis:
    seen = f"{url}: {answer.status}"
    if answer.location:
        words = "it sends carriers elsewhere, and a redirected request loses its fields"
        remedy = "put the final address into server.public_url and at the carrier"
        return broken(_NAME, words, remedy, f"{seen} to {answer.location.partition('?')[0]}")
    otherwise = ("it is not answered as by a gateway", "see where server.public_url leads")
    words, remedy = _OTHER_STATUSES.get(answer.status, otherwise)
    return broken(_NAME, words, remedy, seen)


def _unreachable(error: Exception, url: str) -> Diagnosis:
    remedy = "see that proxy and gateway run, and that name and port lead there"
    kind = "cannot be reached"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        kind, remedy = "has a name that leads nowhere", "server.public_url, or the name's DNS entry"
    elif isinstance(error, aiohttp.ClientSSLError):
        kind = "has a certificate that this machine does not trust"
        remedy = "renew it, with its whole chain: carriers refuse it too"
    elif isinstance(error, TimeoutError):
        kind = "does not answer in time"
    words = f"it {kind} from here"
    return broken(_NAME, words, remedy, f"{url}: {type(error).__name__}")


def _address(url: str) -> Iterator[Diagnosis]:
    parts = urlsplit(url)
    if parts.scheme == "http":
        words = "carriers bring numbers and texts unencrypted"
        yield doubtful(_NAME, words, "put a proxy that ends TLS in front, and write https://", url)
    if _is_inside(parts.hostname or ""):
        words = "no carrier on the internet can call this address"
        yield doubtful(
            _NAME, words, "server.public_url: the address of the proxy as the internet knows it", url
        )


def _is_inside(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost"
