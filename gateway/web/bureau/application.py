"""The bureau's routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from gateway.application.bureau.act_in_place import ActInPlace
from gateway.application.bureau.enrol import Enrol
from gateway.application.bureau.find_signals import FindSignals
from gateway.application.bureau.find_unreachable import FindUnreachable
from gateway.application.bureau.keep_agencies import KeepAgencies
from gateway.application.bureau.keep_sessions import KeepSessions
from gateway.application.bureau.manage_people import ManagePeople
from gateway.application.bureau.sign_in import SignIn
from gateway.application.bureau.spot_check import SpotChecks
from gateway.application.bureau.watch_follow_ups import WatchFollowUps
from gateway.application.draw_figures import DrawFigures, Reports
from gateway.application.handle_follow_up import HandleFollowUp
from gateway.application.hear_message import HearMessage
from gateway.application.ports.agency_documents import AgencyDocuments
from gateway.application.ports.clock import Clock
from gateway.application.ports.credentials import IdentityProvider
from gateway.application.ports.pace import Pace
from gateway.application.ports.personal_data import PersonalData
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.bureau.officers import Permission
from gateway.domain.rules import Rules
from gateway.web.bureau.agency_pages import AGENCIES, NEW, AgencyPages
from gateway.web.bureau.cookies import Cookies
from gateway.web.bureau.door import PATH, SIGN_IN, Door
from gateway.web.bureau.enrol_pages import EnrolPages
from gateway.web.bureau.figures_pages import FIGURES, FiguresPages
from gateway.web.bureau.follow_up_list import LIST, FollowUpListPage
from gateway.web.bureau.follow_up_page import FollowUpPages
from gateway.web.bureau.known_browsers import KnownBrowsers
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.oversight_pages import REPEATS, SAMPLES, OversightPages
from gateway.web.bureau.people_pages import AccountPages, PeoplePages
from gateway.web.bureau.sign_in_pages import ProviderPages, SignInPages
from gateway.web.bureau.signal_pages import SIGNALS, SignalPages
from gateway.web.recordings import PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauParts:
    """What the pages work with."""

    sign_in: SignIn
    sessions: KeepSessions
    enrol: Enrol
    people: ManagePeople
    watch: WatchFollowUps
    handle: HandleFollowUp
    hear: HearMessage
    in_place: ActInPlace
    checks: SpotChecks
    signals: FindSignals
    draw: DrawFigures
    reports: Reports
    smallest: int
    """Groups of fewer ratings are told only together."""
    directory: AgencyDirectory
    agencies: KeepAgencies
    find_unreachable: FindUnreachable
    agency_documents: AgencyDocuments
    rules: Rules
    provider: IdentityProvider | None
    """None where officers sign in by password and code alone."""
    pace: Pace
    sealing: PersonalData
    clock: Clock
    base_url: str
    """Under which people reach our pages."""
    session_seconds: int
    draw_code: Callable[[str], str]
    """Draws a QR code as SVG."""


def add_bureau(app: web.Application, parts: BureauParts) -> None:
    """Add the routes."""
    looks = Looks(offers_provider=parts.provider is not None)
    cookies = Cookies(secure=parts.base_url.startswith("https://"))
    door = Door(parts.sessions, cookies, looks)
    _add_way_in(app, parts, door, looks, cookies)
    zone = parts.rules.timezone
    _add_follow_ups(app, parts, door, looks)
    account = AccountPages(looks, parts.enrol, parts.sessions, zone)
    people = PeoplePages(looks, parts.people, zone, parts.base_url)
    app.router.add_get(f"{PATH}/account", door.behind(account.look))
    app.router.add_post(f"{PATH}/account", door.behind(account.act))
    app.router.add_get(f"{PATH}/people", door.behind(people.look, Permission.MANAGE))
    app.router.add_post(f"{PATH}/people", door.behind(people.act, Permission.MANAGE))
    app.router.add_get(f"{PATH}/ledger", door.behind(people.ledger, Permission.MANAGE))


def _add_follow_ups(app: web.Application, parts: BureauParts, door: Door, looks: Looks) -> None:
    zone = parts.rules.timezone
    listed = FollowUpListPage(looks, parts.watch, parts.directory, parts.clock, zone)
    page = FollowUpPages(
        looks,
        parts.watch,
        parts.handle,
        parts.in_place,
        hear=parts.hear,
        clock=parts.clock,
        rules=parts.rules,
        departments=parts.directory.departments,
    )
    app.router.add_get(LIST, door.behind(listed.look))
    app.router.add_get(f"{LIST}/{{follow_up_id}}", door.behind(page.look))
    app.router.add_get(f"{LIST}/{{follow_up_id}}/attachments/{{step}}", door.behind(page.download))
    listen = door.behind(page.listen, Permission.HANDLE)
    app.router.add_get(f"{LIST}/{{follow_up_id}}/recordings/{{step}}", listen)
    app.router.add_post(f"{LIST}/{{follow_up_id}}", door.behind(page.act, Permission.HANDLE))

    oversight = OversightPages(looks, parts.checks, parts.directory, parts.clock, parts.rules)
    app.router.add_get(SAMPLES, door.behind(oversight.samples))
    app.router.add_post(SAMPLES, door.behind(oversight.draw, Permission.HANDLE))
    app.router.add_get(f"{SAMPLES}/{{sample_id}}", door.behind(oversight.sample))
    app.router.add_get(REPEATS, door.behind(oversight.repeats))

    _add_agencies(app, parts, door, looks)
    signals = SignalPages(looks, parts.signals, parts.directory, parts.clock, parts.rules)
    app.router.add_get(SIGNALS, door.behind(signals.look))
    figures = FiguresPages(looks, parts.draw, parts.reports, parts.clock, parts.rules, parts.smallest)
    app.router.add_get(FIGURES, door.behind(figures.look))
    app.router.add_get(f"{FIGURES}.csv", door.behind(figures.csv))
    app.router.add_get(f"{FIGURES}.xlsx", door.behind(figures.workbook))

    async def front(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(LIST)

    setattr(front, PUBLIC, "leads to the list, which is guarded")
    for path in (PATH, f"{PATH}/"):
        app.router.add_get(path, front)


def _add_agencies(app: web.Application, parts: BureauParts, door: Door, looks: Looks) -> None:
    pages = AgencyPages(
        looks, parts.agencies, parts.find_unreachable, parts.agency_documents, parts.rules.timezone
    )
    app.router.add_get(AGENCIES, door.behind(pages.look))
    app.router.add_get(NEW, door.behind(pages.start, Permission.MANAGE))
    app.router.add_post(NEW, door.behind(pages.add, Permission.MANAGE))
    app.router.add_get(f"{AGENCIES}/{{code}}", door.behind(pages.look_at, Permission.MANAGE))
    app.router.add_post(f"{AGENCIES}/{{code}}", door.behind(pages.act, Permission.MANAGE))


def _add_way_in(app: web.Application, parts: BureauParts, door: Door, looks: Looks, cookies: Cookies) -> None:
    pages = SignInPages(
        door,
        looks,
        cookies,
        sign_in=parts.sign_in,
        sessions=parts.sessions,
        pace=parts.pace,
        seat_seconds=parts.session_seconds,
        known=KnownBrowsers(cookies.known, parts.sealing, parts.clock),
    )
    enrol = EnrolPages(door, looks, cookies, parts.enrol, parts.draw_code)
    open_handlers = {
        ("GET", SIGN_IN): (pages.look, "asks who somebody is"),
        ("POST", SIGN_IN): (pages.sign_in, "proves who somebody is"),
    }
    if parts.provider is not None:
        provider = ProviderPages(
            pages,
            looks,
            cookies,
            provider=parts.provider,
            sign_in=parts.sign_in,
            sealing=parts.sealing,
            clock=parts.clock,
        )
        open_handlers["GET", f"{PATH}/oidc"] = (provider.depart, "leads to the identity provider")
        open_handlers["GET", f"{PATH}/oidc/callback"] = (provider.arrive, "proves who somebody is")
    for (method, path), (handler, why) in open_handlers.items():
        explained = door.explaining(handler)
        setattr(explained, PUBLIC, why)
        app.router.add_route(method, path, explained)
    app.router.add_post(f"{PATH}/sign-out", door.behind(pages.sign_out))
    app.router.add_get(f"{PATH}/enrol/{{token}}", enrol.guarded(enrol.look))
    app.router.add_post(f"{PATH}/enrol/{{token}}", enrol.guarded(enrol.take))
