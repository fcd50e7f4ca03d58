"""The command `haochaping`: one sub-command per duty, clear words on bad input.

Only the duty that is asked for is loaded, so that reading one reply does not wait for a web server.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Final, NamedTuple

import typer

from gateway import __version__
from gateway.cli.terminal import tell
from gateway.domain.errors import GatewayError

_INTERRUPTED: Final = 130
_GARBAGE_THRESHOLD: Final = 10_000
"""Objects that must come to stay before the collector looks through the young ones; Python's own is 700.

Loading a program makes hundreds of thousands that stay; looking for garbage among them takes a sixth of that
time. What serves for long sets its own when it has loaded (`gateway.bootstrap.serving`).
"""


def _serve() -> Callable[..., None]:
    from gateway.cli.serve import serve

    return serve


def _demo() -> Callable[..., None]:
    from gateway.cli.demo import demo

    return demo


def _check() -> Callable[..., None]:
    from gateway.cli.check import check

    return check


def _doctor() -> Callable[..., None]:
    from gateway.cli.doctor import doctor

    return doctor


def _flow() -> typer.Typer:
    from gateway.cli.flow import app

    return app


def _prompts() -> typer.Typer:
    from gateway.cli.prompts import app

    return app


def _sms() -> typer.Typer:
    from gateway.cli.sms import app

    return app


def _import() -> Callable[..., None]:
    from gateway.cli.import_command import import_services

    return import_services


def _outbox() -> typer.Typer:
    from gateway.cli.outbox import app

    return app


def _mail() -> typer.Typer:
    from gateway.cli.mail import app

    return app


def _opt_out() -> typer.Typer:
    from gateway.cli.opt_out import app

    return app


def _db() -> typer.Typer:
    from gateway.cli.db import app

    return app


def _keys() -> typer.Typer:
    from gateway.cli.keys import app

    return app


def _purge() -> Callable[..., None]:
    from gateway.cli.purge import purge

    return purge


def _report() -> Callable[..., None]:
    from gateway.cli.report import report

    return report


def _audit() -> typer.Typer:
    from gateway.cli.audit import app

    return app


def _bureau() -> typer.Typer:
    from gateway.cli.bureau import app

    return app


def _agencies() -> typer.Typer:
    from gateway.cli.agencies import app

    return app


def _simulate() -> Callable[..., None]:
    from gateway.cli.simulate import simulate

    return simulate


class Duty(NamedTuple):
    """A sub-command and where it is found."""

    name: str
    meaning: str
    load: Callable[[], typer.Typer | Callable[..., None]]


DUTIES: Final = (
    Duty("serve", "Serve API, webhooks and workers; SIGTERM drains.", _serve),
    Duty("demo", "The whole system on embedded defaults, with a page to phone and text from.", _demo),
    Duty("check", "Check settings, agencies, flows, texts and the core store's profile.", _check),
    Duty("doctor", "Look at the running installation, and say what to mend.", _doctor),
    Duty("flow", "Check, draw and play voice flows.", _flow),
    Duty("prompts", "The voice prompts as audio: made for a PBX, or recorded by a studio.", _prompts),
    Duty("sms", "See how replies are read.", _sms),
    Duty("import", "Load finished services from a CSV or NDJSON file.", _import),
    Duty("outbox", "What waits to be delivered, and what was given up.", _outbox),
    Duty("mail", "Emails that come back: hand one in, see what was kept aside.", _mail),
    Duty("opt-out", "Who wants no texts, for those who ask by telephone.", _opt_out),
    Duty("db", "The database: schema, backup, restoration.", _db),
    Duty("keys", "The keys that seal phone numbers.", _keys),
    Duty("report", "Figures of a month, as the bureau publishes them.", _report),
    Duty("audit", "Whether histories of follow-ups or the bureau's ledger were tampered with.", _audit),
    Duty("bureau", "Who may sign in to the bureau's pages.", _bureau),
    Duty("agencies", "Who is told of bad ratings, as file and bureau say together.", _agencies),
    Duty("simulate", "Live through invented worlds in virtual time and check all promises.", _simulate),
    Duty("purge", "Erase what is older than the retention allows.", _purge),
)


def command_line(arguments: Sequence[str]) -> typer.Typer:
    """The commands, of which only the one that `arguments` ask for is loaded."""
    asked = next((word for word in arguments if not word.startswith("-")), "")
    app = typer.Typer(
        help="Takes ratings of government services by phone and text (好差评).",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_general)
    for duty in DUTIES:
        loaded = duty.load() if duty.name == asked else _not_loaded
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=duty.name, help=duty.meaning, no_args_is_help=True)
        else:
            app.command(duty.name, help=duty.meaning)(loaded)
    return app


def run(arguments: Sequence[str] | None = None) -> None:
    """Entry point: every expected fault ends in one clear line and exit code 1."""
    gc.set_threshold(_GARBAGE_THRESHOLD)
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        command_line(given)(given, prog_name="haochaping")
    except GatewayError as error:
        tell(error)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"haochaping {__version__}")
        raise typer.Exit


def _general(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version this is."),
    ] = False,
) -> None:
    """Takes ratings of government services by phone and text (好差评)."""


def _not_loaded() -> None:
    """Stands for a duty in the list of all."""


if __name__ == "__main__":
    run()
