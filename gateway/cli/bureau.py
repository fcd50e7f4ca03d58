"""`haochaping bureau`: who may sign in to the bureau's pages; the first of them is made here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table
from gateway.domain.bureau.officers import Role, as_login, as_name
from gateway.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.application.bureau.manage_people import Invited, PeopleFault
    from gateway.bootstrap.officers import OfficersDesk
    from gateway.domain.bureau.officers import Officer

    Outcome: TypeAlias = Officer | Invited | PeopleFault

app = typer.Typer(help="Who may sign in to the bureau's pages.")

RoleName = Literal["viewer", "officer", "administrator"]
Login = Annotated[str, typer.Argument(help="What they sign in with.")]
_UNCHANGED: Final = None


@app.command("add")
def add_somebody(
    login: Login,
    name: Annotated[str, typer.Option(help="How histories name them.")],
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = "officer",
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Add somebody; prints the link by which they set password and codes, good once and for three days."""
    written = as_name(name)
    if written is None:
        raise InvalidInput("is no name; write 1 to 40 characters", pointer="--name")
    _do(config, lambda desk: desk.people.add(desk.doer, _login(login), written, Role(role)))


@app.command("list")
def list_people(config: ConfigOption = NO_CONFIG) -> None:
    """Everybody who may or might sign in."""
    people = asyncio.run(_all(config))
    columns = ("login", "name", "role", "state")
    print_table(columns, [(each.login, each.name, each.role.value, _state(each)) for each in people])


@app.command()
def invite(login: Login, config: ConfigOption = NO_CONFIG) -> None:
    """A fresh link for whoever lost theirs, password or telephone; what they had ends at once."""
    _do(config, lambda desk: desk.people.invite(desk.doer, _login(login)))


@app.command()
def change(
    login: Login,
    name: Annotated[str | None, typer.Option(help="Another name.")] = _UNCHANGED,
    role: Annotated[RoleName | None, typer.Option(help="Another role.")] = _UNCHANGED,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether they may sign in.")
    ] = _UNCHANGED,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Another name or role, or nobody who may sign in any more."""
    written = None if name is None else as_name(name)
    if name is not None and written is None:
        raise InvalidInput("is no name; write 1 to 40 characters", pointer="--name")
    wanted = None if role is None else Role(role)
    _do(
        config,
        lambda desk: desk.people.change(desk.doer, _login(login), name=written, role=wanted, active=active),
    )


@app.command()
def unlock(login: Login, config: ConfigOption = NO_CONFIG) -> None:
    """Let somebody try again who is shut out after several tries."""
    _do(config, lambda desk: desk.people.unlock(desk.doer, _login(login)))


@app.command("sign-out")
def sign_out(login: Login, config: ConfigOption = NO_CONFIG) -> None:
    """Sign somebody out everywhere."""
    _do(config, lambda desk: desk.people.sign_out(desk.doer, _login(login)))


def _do(config: ConfigOption, act: Callable[[OfficersDesk], Awaitable[Outcome]]) -> None:
    asyncio.run(_at_desk(config, act))


async def _at_desk(config: ConfigOption, act: Callable[[OfficersDesk], Awaitable[Outcome]]) -> None:
    from gateway.application.bureau.manage_people import Invited, PeopleFault
    from gateway.bootstrap.officers import officers_desk

    async with officers_desk(config) as desk:
        outcome = await act(desk)
        if isinstance(outcome, PeopleFault):
            raise InvalidInput(
                {
                    PeopleFault.TAKEN: "somebody has this login name; choose another",
                    PeopleFault.UNKNOWN: "nobody has this login name; see: haochaping bureau list",
                    PeopleFault.LAST_ADMINISTRATOR: "this is the last administrator; make another one first",
                }[outcome],
                pointer="LOGIN",
            )
        if isinstance(outcome, Invited):
            print(
                f"hand this link to {outcome.officer.login}; it is told once, and good once for three days:"
            )
            print(desk.link_of(outcome))
        else:
            print(f"{outcome.login}: {outcome.role.value}, {_state(outcome)}")


async def _all(config: ConfigOption) -> list[Officer]:
    from gateway.bootstrap.officers import officers_desk

    async with officers_desk(config) as desk:
        return await desk.people.all()


def _login(login: str) -> str:
    written = as_login(login)
    if written is None:
        raise InvalidInput("is no login name; write 2 to 64 letters, digits or . _ - @ +", pointer="LOGIN")
    return written


def _state(officer: Officer) -> str:
    if not officer.active:
        return "inactive"
    return "active" if officer.is_enrolled else "invited"
