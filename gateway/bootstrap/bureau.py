"""The bureau's pages and commands, from the parts of the gateway."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from gateway.adapters.agency_documents import FileAgencyDocuments
from gateway.adapters.argon2_passwords import Argon2Passwords
from gateway.adapters.number_list import load_numbers
from gateway.adapters.one_time_codes import TimeBasedCodes
from gateway.adapters.open_id_connect import OidcClient, OpenIdConnect
from gateway.adapters.qr_codes import as_svg
from gateway.adapters.reports.forms import WrittenReports
from gateway.application.bureau.act_in_place import ActInPlace
from gateway.application.bureau.enrol import Enrol
from gateway.application.bureau.find_signals import FindSignals
from gateway.application.bureau.find_unreachable import FindUnreachable
from gateway.application.bureau.keep_sessions import KeepSessions
from gateway.application.bureau.manage_people import Doer, ManagePeople
from gateway.application.bureau.note_agencies import note_agencies
from gateway.application.bureau.sign_in import SignIn
from gateway.application.bureau.spot_check import SpotChecks
from gateway.application.bureau.watch_follow_ups import WatchFollowUps
from gateway.application.draw_figures import DrawFigures
from gateway.application.ports.credentials import Identity
from gateway.bootstrap.portal import hear_message
from gateway.bootstrap.retention import calls_kept
from gateway.bootstrap.returning_mail import return_addresses
from gateway.domain.agencies import Contact
from gateway.domain.bureau.ledger import OPERATOR
from gateway.domain.bureau.officers import Role
from gateway.domain.bureau.sessions import SessionLimits
from gateway.domain.errors import AlreadyRecorded, Unauthentic, Unavailable
from gateway.domain.ids import FollowUpId
from gateway.domain.phone_numbers import PhoneNumber
from gateway.web.bureau.application import BureauParts
from gateway.web.bureau.door import PATH

if TYPE_CHECKING:
    from gateway.bootstrap.assembly import Gateway


log = structlog.get_logger()


def bureau_parts(gateway: Gateway) -> BureauParts:
    """What the pages work with."""
    essentials, settings = gateway.essentials, gateway.settings
    passwords, codes = Argon2Passwords(), TimeBasedCodes()

    def link_token(follow_up_id: FollowUpId, contact: Contact, good_for: timedelta) -> str:
        return gateway.links.seal(follow_up_id, contact, essentials.clock.now() + good_for)

    limits = SessionLimits(settings.bureau.session_idle, settings.bureau.session_length)
    return BureauParts(
        sign_in=SignIn(essentials, passwords, codes, new_token),
        sessions=KeepSessions(essentials, limits),
        enrol=Enrol(essentials, passwords, codes),
        people=ManagePeople(essentials.database, essentials.clock, new_token),
        watch=WatchFollowUps(essentials, gateway.directory),
        handle=gateway.handle,
        hear=hear_message(gateway),
        in_place=ActInPlace(essentials, gateway.directory, link_token),
        checks=SpotChecks(essentials, lambda: secrets.token_hex(16)),
        draw=DrawFigures(essentials.database, gateway.directory, essentials.rules.timezone),
        reports=WrittenReports(essentials.rules.timezone),
        smallest=settings.bureau.smallest_group,
        signals=FindSignals(essentials, _staff_numbers(gateway), calls_kept(settings)),
        directory=gateway.directory,
        agencies=gateway.agencies,
        find_unreachable=FindUnreachable(essentials, return_addresses(settings, gateway.personal_data)),
        agency_documents=FileAgencyDocuments(),
        rules=essentials.rules,
        provider=_provider(gateway),
        pace=gateway.pace,
        sealing=gateway.personal_data,
        clock=essentials.clock,
        base_url=gateway.pages_url,
        session_seconds=int(limits.absolute.total_seconds()),
        draw_code=as_svg,
    )


def bureau_entrance(gateway: Gateway) -> Callable[[], Awaitable[str]]:
    """Signs in the demonstration's own officer, who has neither password nor codes; a session's token."""
    parts = bureau_parts(gateway)
    login, operator = "demo", Doer(OPERATOR)

    async def enter() -> str:
        await parts.people.add(operator, login, "演示管理员", Role.ADMINISTRATOR)
        signed_in = await parts.sign_in.by_identity(Identity(subject=login, login=login), "127.0.0.1")
        if signed_in is None:
            raise Unauthentic("the demonstration's officer was made inactive; start the demonstration again")
        return signed_in.token

    return enter


async def note_directory(gateway: Gateway) -> None:
    """Put on record what changed in the file of agencies; else the next start does."""
    try:
        await note_agencies(gateway.database, gateway.essentials.clock, gateway.agencies.file)
    except (Unavailable, AlreadyRecorded) as fault:
        log.warning("agencies_not_noted", why=str(fault))


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(32)


def _staff_numbers(gateway: Gateway) -> tuple[PhoneNumber, ...]:
    path = gateway.settings.bureau.staff_numbers
    return () if path is None else load_numbers(path, gateway.phones.parse)


def _provider(gateway: Gateway) -> OpenIdConnect | None:
    oidc = gateway.settings.oidc
    if not oidc.issuer:
        return None
    client = OidcClient(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=oidc.client_secret.get_secret_value(),
        redirect_uri=f"{gateway.pages_url}{PATH}/oidc/callback",
        login_claim=oidc.login_claim,
    )
    return OpenIdConnect(gateway.session, client, gateway.essentials.clock)
