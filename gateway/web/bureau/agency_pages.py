"""The agencies as the gateway knows them; administrators say there who is written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Final

from aiohttp import web

from gateway.application.bureau.find_unreachable import CameBack, FindUnreachable
from gateway.application.bureau.keep_agencies import KeepAgencies, Overtaken, WholeAgency
from gateway.application.ports.agency_documents import AgencyDocuments
from gateway.domain.agencies import Agency, Contact
from gateway.domain.bureau.agency_entries import Standing, as_document, from_document
from gateway.domain.bureau.officers import Permission
from gateway.domain.plain_text import one_line, storable
from gateway.web.bureau.agency_forms import AgencyForm, form_of, read_form
from gateway.web.bureau.agency_words import ROLES, differences, document
from gateway.web.bureau.door import PATH
from gateway.web.bureau.follow_up_list import LIST
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat
from gateway.web.pages.follow_up_words import moment

AGENCIES: Final = f"{PATH}/agencies"
NEW: Final = f"{AGENCIES}/new"
_SHOWN: Final = 200
_ONLY: Final = {"unreachable": "有退信", "changed": "页面维护", "retired": "已停用"}
_SOURCES: Final = {Standing.PAGE: "页面", Standing.RETIRED: "已停用", Standing.FILE: "文件"}
_OVERTAKEN: Final = (
    "这个单位刚才有人改过，您填的还没有保存。请看下面的变更记录和现在的内容，确认后再保存。",
    "Somebody changed this agency meanwhile; yours is not stored. See below what happened, then save again.",
)
_KNOWN: Final = (
    "已经有这个代码的单位，请在它的页面上修改。",
    "There is an agency of this code: change it on its own page.",
)
_UNKNOWN_ACT: Final = ("不知道要办理什么，请刷新页面后重试。", "Reload the page and try again.")

Fault = tuple[str, str]
Unreachable = Mapping[tuple[str, Contact], CameBack]


class AgencyPages:
    """The directory, and the page of each agency."""

    def __init__(
        self,
        looks: Looks,
        keep: KeepAgencies,
        find_unreachable: FindUnreachable,
        documents: AgencyDocuments,
        zone: tzinfo,
    ) -> None:
        self._looks = looks
        self._keep = keep
        self._find_unreachable = find_unreachable
        self._documents = documents
        self._zone = zone

    async def look(self, request: web.Request, seat: Seat) -> web.Response:
        """All agencies, or those that are looked for; the bureau and the departments."""
        words = one_line(storable(request.query.get("q", "")))[:64]
        only = request.query.get("only", "")
        unreachable = await self._find_unreachable(self._keep.agencies)
        found = [a for a in self._all(only, unreachable) if words.casefold() in _searched(a)]
        file = self._keep.file
        others = [(file.bureau.name, "", _contacts(file.bureau, {}))] if file.bureau else []
        others += [
            (each.name, each.code, [(c.name, ROLES[c.role], c.email, "") for c in each.contacts])
            for each in file.departments.values()
        ]
        return self._looks.page(
            seat,
            200,
            "agencies.html",
            here=AGENCIES,
            may_change=seat.may(Permission.MANAGE),
            agencies=[self._row(each, unreachable) for each in found[:_SHOWN]],
            more=len(found) - _SHOWN,
            asked=words,
            only=only,
            choices=list(_ONLY.items()),
            others=others,
        )

    async def look_at(self, request: web.Request, seat: Seat) -> web.Response:
        """One agency, to be changed."""
        whole = await self._opened(request)
        is_saved = request.query.get("saved", "") == str(whole.entry.revision if whole.entry else 0)
        return self._show(seat, 200, whole, _form(whole), is_saved=is_saved)

    async def act(self, request: web.Request, seat: Seat) -> web.Response:
        """Do what its form says, and show what came of it."""
        whole = await self._opened(request)
        typed: AgencyForm | None = None
        seen = _number(seat.fields.get("seen", ""))
        match seat.fields.get("act") if seen is not None else None:
            case "save":
                typed, agency = read_form(seat.fields, whole.code, self._documents)
                if agency is None:
                    return self._show(seat, 422, whole, typed)
                outcome = await self._keep.change(seat.doer, agency, seen or 0)
            case "retire":
                outcome = await self._keep.retire(seat.doer, whole.code, seen or 0)
            case "file":
                outcome = await self._keep.go_by_file(seat.doer, whole.code, seen or 0)
            case _:
                return self._show(seat, 422, whole, _form(whole), fault=_UNKNOWN_ACT)
        if isinstance(outcome, Overtaken):
            whole = await self._opened(request)
            return self._show(seat, 409, whole, typed or _form(whole), fault=_OVERTAKEN)
        return self._looks.moved_on(f"{AGENCIES}/{whole.code}?saved={outcome.revision}")

    async def start(self, _request: web.Request, seat: Seat) -> web.Response:
        """An empty form."""
        return self._show_new(seat, 200, AgencyForm())

    async def add(self, _request: web.Request, seat: Seat) -> web.Response:
        """A new agency."""
        code = one_line(seat.fields.get("code", "")).upper()
        form, agency = read_form(seat.fields, code, self._documents)
        if agency is None:
            return self._show_new(seat, 422, form)
        outcome = None
        if await self._keep.look(code) is None:
            outcome = await self._keep.change(seat.doer, agency, 0)
        if outcome is None or isinstance(outcome, Overtaken):
            return self._show_new(seat, 409, replace(form, faults={"code": _KNOWN}), known=code)
        return self._looks.moved_on(f"{AGENCIES}/{code}?saved={outcome.revision}")

    def _all(self, only: str, unreachable: Unreachable) -> list[Agency]:
        """By code; one that was retired is shown as it is in the file, or by its code."""
        agencies = self._keep.agencies
        if only == "retired":
            gone = (e.code for e in agencies.entries if e.standing is Standing.RETIRED)
            return [self._keep.file.agencies.get(code) or Agency(code, "", "", ()) for code in sorted(gone)]
        kept = sorted(agencies.values(), key=lambda agency: agency.code)
        if only == "unreachable":
            return [a for a in kept if any((a.code, contact) in unreachable for contact in a.contacts)]
        if only == "changed":
            return [a for a in kept if self._standing(a.code) is Standing.PAGE]
        return kept

    def _standing(self, code: str) -> Standing:
        entry = self._keep.agencies.entry_of(code)
        return entry.standing if entry else Standing.FILE

    def _row(self, agency: Agency, unreachable: Unreachable) -> dict[str, object]:
        return {
            "name": agency.name or agency.code,
            "code": agency.code,
            "region": agency.region_code,
            "contacts": _contacts(agency, unreachable),
            "source": _SOURCES[self._standing(agency.code)],
            "path": f"{AGENCIES}/{agency.code}",
            "follow_ups": f"{LIST}?agency={agency.code}",
        }

    async def _opened(self, request: web.Request) -> WholeAgency:
        whole = await self._keep.look(storable(request.match_info["code"])[:32])
        if whole is None:
            raise web.HTTPNotFound
        return whole

    def _show(
        self,
        seat: Seat,
        status: int,
        whole: WholeAgency,
        form: AgencyForm,
        *,
        fault: Fault | None = None,
        is_saved: bool = False,
    ) -> web.Response:
        entry = whole.entry
        from_file = as_document(whole.file) if whole.file else None
        return self._looks.page(
            seat,
            status,
            "agency.html",
            here=AGENCIES,
            filled=form,
            roles=[(role.value, zh) for role, zh in ROLES.items()],
            title=(whole.now.name if whole.now else "") or (whole.file.name if whole.file else whole.code),
            seen=entry.revision if entry else 0,
            is_retired=whole.now is None,
            goes_by_page=entry is not None and entry.standing is not Standing.FILE,
            is_in_file=whole.file is not None,
            differences=differences(from_file, as_document(whole.now) if whole.now else None),
            fault=fault,
            is_saved=is_saved,
            history=[
                {
                    "what": each.event.name_zh,
                    "at": moment(each.at, self._zone),
                    "who": each.actor,
                    "rows": differences(
                        document(each.detail.get("before")), document(each.detail.get("after"))
                    ),
                }
                for each in whole.history
            ],
        )

    def _show_new(self, seat: Seat, status: int, form: AgencyForm, known: str = "") -> web.Response:
        return self._looks.page(
            seat,
            status,
            "new_agency.html",
            here=AGENCIES,
            filled=form,
            roles=[(role.value, zh) for role, zh in ROLES.items()],
            known=f"{AGENCIES}/{known}" if known else "",
        )


def _form(whole: WholeAgency) -> AgencyForm:
    """What holds; of one that was retired what it was before, so that it can be taken up again."""
    before = document(whole.history[0].detail.get("before")) if whole.history else None
    former = from_document(whole.code, before) if before else whole.file
    known = whole.now or former
    return form_of(known) if known else AgencyForm(whole.code)


def _contacts(agency: Agency, unreachable: Unreachable) -> list[tuple[str, str, str, str]]:
    """Name, role, address, and what is wrong with it."""
    return [
        (contact.name, ROLES[contact.role], contact.email, _trouble(unreachable.get((agency.code, contact))))
        for contact in agency.contacts
    ]


def _trouble(came_back: CameBack | None) -> str:
    if came_back is None:
        return ""
    return "邮箱已满，邮件被退回" if came_back.is_full else "邮箱不存在，邮件被退回"


def _searched(agency: Agency) -> str:
    """What is looked through."""
    contacts = (f"{contact.name} {contact.email}" for contact in agency.contacts)
    return " ".join((agency.code, agency.name, agency.region_code, *contacts)).casefold()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("999999") else None
