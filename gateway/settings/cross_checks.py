"""What keys ask of each other: a provider its account, a mail server its sender."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from gateway.settings.model import Key, Settings

_FORESEEN: Final = frozenset({"smpp", "cmpp"})


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A choice that something else does not go with."""

    chosen: Key
    """The key whose value asks for something."""
    missing: Key
    """The key that has to change for it."""
    problem: str
    remedy: str


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    """Everything in otherwise good settings that does not go together."""
    yield from _foreseen_providers(settings)
    yield from _twilio(settings)
    yield from _asterisk(settings)
    yield from _outbound(settings)
    yield from _core_store(settings)
    yield from _smtp(settings)
    yield from _oidc(settings)
    yield from _mailbox(settings)
    both = sorted(set(settings.rules.holidays) & set(settings.rules.workdays))
    if both:
        problem = f"{both[0]} is a holiday and a workday"
        yield Contradiction(
            Key("rules", "workdays"), Key("rules", "holidays"), problem, "keep it in one of the two lists"
        )


def _foreseen_providers(settings: Settings) -> Iterator[Contradiction]:
    for provider in settings.sms.providers:
        if provider in _FORESEEN:
            yield _not_yet(Key("sms", "providers"), provider)
    if len(set(settings.sms.providers)) < len(settings.sms.providers):
        key = Key("sms", "providers")
        yield Contradiction(key, key, "the same provider stands twice", "name each once, the preferred first")


def _not_yet(key: Key, provider: str) -> Contradiction:
    problem = f"this version does not have the provider {provider!r} yet"
    return Contradiction(key, key, problem, "choose twilio or demo")


def _twilio(settings: Settings) -> Iterator[Contradiction]:
    voice, text = Key("voice", "provider"), Key("sms", "providers")
    speaks, texts = settings.voice.provider == "twilio", "twilio" in settings.sms.providers
    if not speaks and not texts:
        return
    chosen = voice if speaks else text
    if not settings.twilio.account_sid:
        yield _needed(chosen, Key("twilio", "account_sid"))
    if not settings.twilio.auth_token:
        yield _needed(chosen, Key("twilio", "auth_token"))
    if not settings.twilio.api_base_url:
        yield _needed(chosen, Key("twilio", "api_base_url"))
    if texts and not settings.twilio.from_number:
        yield _needed(text, Key("twilio", "from_number"))
    if "public_url" not in settings.server.model_fields_set or not settings.server.public_url:
        yield _needed(chosen, Key("server", "public_url"))


def _asterisk(settings: Settings) -> Iterator[Contradiction]:
    if settings.voice.provider != "asterisk":
        return
    chosen = Key("voice", "provider")
    for name in ("url", "username", "password"):
        if not getattr(settings.asterisk, name):
            yield _needed(chosen, Key("asterisk", name))
    urls = [settings.asterisk.url, *settings.asterisk.further_urls]
    if len(set(urls)) < len(urls):
        key = Key("asterisk", "further_urls")
        yield Contradiction(key, key, "the same Asterisk stands twice", "name each once")


def _outbound(settings: Settings) -> Iterator[Contradiction]:
    if not settings.outbound.enabled:
        return
    enabled, voice = Key("outbound", "enabled"), Key("voice", "provider")
    if settings.voice.provider == "asterisk":
        for name in ("endpoint", "caller_id"):
            if not getattr(settings.outbound, name):
                yield _needed(enabled, Key("outbound", name))
    elif settings.voice.provider != "twilio":
        problem = f"calls cannot be made by {settings.voice.provider}"
        yield Contradiction(enabled, voice, problem, "choose twilio or asterisk in [voice]")
    elif not settings.outbound.caller_id and not settings.twilio.from_number:
        yield _needed(enabled, Key("outbound", "caller_id"))


def _core_store(settings: Settings) -> Iterator[Contradiction]:
    kind = Key("core_store", "kind")
    if settings.core_store.kind == "http":
        if not settings.core_store.url:
            yield _needed(kind, Key("core_store", "url"))
        if not settings.core_store.token:
            yield _needed(kind, Key("core_store", "token"))
    elif settings.core_store.url:
        problem = "core_store.url is given, but core_store.kind is embedded and does not use it"
        url = Key("core_store", "url")
        yield Contradiction(url, kind, problem, 'write kind = "http", or take the url out')


def _smtp(settings: Settings) -> Iterator[Contradiction]:
    smtp = settings.smtp
    if not smtp.host:
        return
    host, password = Key("smtp", "host"), Key("smtp", "password")
    if not smtp.sender:
        yield _needed(host, Key("smtp", "sender"))
    if smtp.username and not smtp.password:
        yield _needed(Key("smtp", "username"), password)
    if smtp.password and not smtp.username:
        yield _needed(password, Key("smtp", "username"))
    if smtp.username and smtp.security == "none" and not _is_loopback(smtp.host):
        key = Key("smtp", "security")
        problem = "the password would cross the network unprotected"
        yield Contradiction(key, key, problem, "choose starttls or tls, or log in to nobody")


def _oidc(settings: Settings) -> Iterator[Contradiction]:
    issuer = Key("oidc", "issuer")
    if not settings.oidc.issuer:
        return
    if not settings.oidc.client_id:
        yield _needed(issuer, Key("oidc", "client_id"))
    parts = urlsplit(settings.oidc.issuer)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        problem = "whoever is on the way could sign in as anybody"
        yield Contradiction(issuer, issuer, problem, "write https://, as the provider does")


def _mailbox(settings: Settings) -> Iterator[Contradiction]:
    mailbox = settings.mailbox
    if not mailbox.host:
        return
    host = Key("mailbox", "host")
    for name in ("address", "username", "password"):
        if not getattr(mailbox, name):
            yield _needed(host, Key("mailbox", name))
    if mailbox.security == "none" and not _is_loopback(mailbox.host):
        key = Key("mailbox", "security")
        problem = "the password would cross the network unprotected"
        yield Contradiction(key, key, problem, "choose tls")


def _needed(chosen: Key, missing: Key) -> Contradiction:
    problem = f"{chosen} as chosen needs {missing}"
    return Contradiction(
        chosen, missing, problem, f"set {missing.name} in [{missing.section}] or {missing.variable}"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
