"""`haochaping flow`: check, draw and play voice flows."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from difflib import unified_diff
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway import bootstrap
from gateway.domain.errors import ConfigurationError, InvalidInput
from gateway.domain.flow import drawing, transcript
from gateway.domain.flow.call_rules import longest_call
from gateway.domain.flow.engine import resume, start
from gateway.domain.flow.exploration import explore
from gateway.domain.flow.inputs import KEYS, Key, NoInput
from gateway.domain.flow.transcript import Script
from gateway.domain.languages import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.domain.flow.definition import Flow
    from gateway.domain.flow.inputs import Input

app = typer.Typer(help="Check, draw and play voice flows.", no_args_is_help=True)

FlowName = Annotated[str, typer.Argument(metavar="FLOW", help="Name of a flow in ivr_flows/, or a path.")]
MESSAGE_SECONDS: Final = 10
"""Length of a message spoken in the terminal."""
KEYPAD_HELP: Final = "0-9 * # are keys, - or Enter waits in silence, m speaks a message, q hangs up"
_SILENT: Final = frozenset("-\r\n ")
_HANGS_UP: Final = frozenset("q\x03\x04")


class Format(Enum):
    """The forms of a drawing."""

    MERMAID = "mermaid"
    SVG = "svg"


@app.command()
def check(
    flows: Annotated[list[str], typer.Argument(metavar="FLOW...", help="Names of flows, or paths.")],
) -> None:
    """Prove flows: one line per finding, exit 1 if there is any."""
    with _told_errors():
        paths = [bootstrap.find_flow(name) for name in flows]
        findings = [finding for path in paths for finding in bootstrap.flow_findings(path)]
        for finding in findings:
            print(finding)
        if findings:
            raise typer.Exit(1)
        for path in paths:
            print(_proof(bootstrap.load_flow(path)))


@app.command()
def graph(
    flow: FlowName,
    form: Annotated[Format, typer.Option("--format", help="What to draw.")] = Format.MERMAID,
    output: Annotated[Path | None, typer.Option(help="File to write; without it, standard output.")] = None,
) -> None:
    """Draw a flow, as Mermaid source or as SVG."""
    with _told_errors():
        loaded = bootstrap.load_flow(bootstrap.find_flow(flow))
        drawn = drawing.to_svg(loaded) if form is Format.SVG else drawing.to_mermaid(loaded)
        if output is None:
            print(drawn, end="")
        else:
            output.write_text(drawn, encoding="utf-8")


@app.command()
def simulate(
    flow: FlowName,
    language: Annotated[str, typer.Option(help="Language of the service, such as en.")] = "zh-CN",
    var: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable of the flow.")
    ] = None,
    keys: Annotated[str | None, typer.Option(help=f"Play without asking; {KEYPAD_HELP}.")] = None,
    write: Annotated[Path | None, typer.Option(help="Keep the play as a golden transcript.")] = None,
) -> None:
    """Play a flow in the terminal, with the keyboard as keypad."""
    with _told_errors():
        loaded = bootstrap.load_flow(bootstrap.find_flow(flow))
        variables = _variables(loaded, var or [])
        begun = Script(loaded.name, Language.best_match(language), variables)
        if keys is None:
            print(f"({KEYPAD_HELP})")
        played = _play(loaded, begun, _pressed(keys) if keys is not None else _keyboard)
        if write is not None:
            write.write_text(transcript.play(loaded, played), encoding="utf-8")


@app.command()
def replay(
    flow: FlowName,
    update: Annotated[bool, typer.Option(help="Write down what happens now as right.")] = False,
) -> None:
    """Play a flow's golden transcripts again; exit 1 and show the difference if one comes out otherwise."""
    with _told_errors():
        path = bootstrap.find_flow(flow)
        loaded = bootstrap.load_flow(path)
        transcripts = sorted(path.with_suffix(".transcripts").glob("*.txt"))
        changed = [each for each in transcripts if _differs(loaded, each, update=update)]
    print(
        f"{loaded.name}: {len(transcripts)} transcripts, {len(changed)} {'updated' if update else 'differ'}"
    )
    if changed and not update:
        raise typer.Exit(1)


def _differs(flow: Flow, golden: Path, *, update: bool) -> bool:
    """Whether the transcript comes out otherwise; prints how, or writes it anew."""
    due = golden.read_text(encoding="utf-8")
    try:
        played = transcript.play(flow, transcript.read_script(due))
    except InvalidInput as error:
        raise InvalidInput(f"{golden}: {error.pointer}: {error}") from None
    if update:
        golden.write_text(played, encoding="utf-8")
    elif played != due:
        lines = unified_diff(due.splitlines(), played.splitlines(), str(golden), "now", lineterm="")
        print("\n".join(lines))
    return played != due


def _proof(flow: Flow) -> str:
    calls = explore(flow)
    longest = longest_call(calls)
    limit = flow.limits.call.total_seconds()
    return (
        f"{flow.name}: proved; {len(flow.nodes)} nodes, {len(flow.languages)} languages, "
        f"{len(calls.transitions)} steps walked; longest call {longest.length.total_seconds():.0f}s "
        f"of {limit:.0f}s ({' → '.join(longest.questions)})"
    )


def _variables(flow: Flow, given: list[str]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        declared = flow.variables.get(name)
        if not equals or declared is None or declared.accepted(value) != value:
            known = (f"{each.name}={'|'.join(each.values) or 'TEXT'}" for each in flow.variables.values())
            raise ConfigurationError(
                f"is no variable of {flow.name}; known are: {', '.join(known)}", place=pair
            )
        variables[name] = value
    return variables


def _play(flow: Flow, script: Script, next_press: Callable[[], str]) -> Script:
    """Play until the flow or the caller hangs up, printing what happens; the script of what was done."""
    step = start(flow, script.variables, script.language)
    inputs: list[Input] = []
    while True:
        print("\n".join(transcript.step_lines(step)), flush=True)
        session = transcript.waiting_session(step)
        if session is None:
            return Script(script.flow, script.language, script.variables, tuple(inputs))
        given = _input_of(next_press())
        if given is None:
            print(f"\n> {transcript.HANG_UP}")
            return Script(script.flow, script.language, script.variables, tuple(inputs), hangs_up=True)
        inputs.append(given)
        print(f"\n{transcript.input_line(given)}")
        step = resume(flow, session, given)


def _input_of(press: str) -> Input | None:
    """What a key of the keyboard does; None hangs up."""
    if not press or press in _HANGS_UP:
        return None
    if press in _SILENT:
        return NoInput()
    return transcript.spoken_message(MESSAGE_SECONDS) if press == "m" else Key(press)


def _pressed(keys: str) -> Callable[[], str]:
    """The presses of `--keys`; when they are used up, the caller hangs up."""
    strange = sorted(set(keys) - set(KEYS) - _SILENT - _HANGS_UP - {"m"})
    if strange:
        raise ConfigurationError(f"{strange[0]!r} is no key; {KEYPAD_HELP}", place="--keys")
    left: Iterator[str] = iter(keys)
    return lambda: next(left, "")


def _keyboard() -> str:
    """One press on the keyboard; from a pipe, one character that is no line end."""
    if not sys.stdin.isatty():
        return next((press for press in iter(lambda: sys.stdin.read(1), "") if press not in "\r\n"), "")
    while True:
        press = typer.getchar()
        if press in _SILENT | _HANGS_UP or press in KEYS or press == "m":
            return press


@contextmanager
def _told_errors() -> Iterator[None]:
    try:
        yield
    except (ConfigurationError, InvalidInput, OSError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
