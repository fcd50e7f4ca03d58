"""`haochaping demo`: the whole system on embedded defaults, with a page to phone and text from."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.bootstrap.demo_folder import DEFAULT_FOLDER

if TYPE_CHECKING:
    from gateway.bootstrap.demonstration import DemoWish
    from gateway.cli.demo_story.ledger import Ledger

_ANY_PORT: Final = 0
_PIPE_WIDTH: Final = 150


def demo(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; without it 8080, or a free one.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data: Annotated[
        Path, typer.Option(help="Folder for database, emails and log; emptied at each start.")
    ] = DEFAULT_FOLDER,
    script: Annotated[
        bool, typer.Option("--script", help="Play a fixed story, print what happened, exit 0 or 1.")
    ] = False,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = False,
) -> None:
    """Run the whole system on embedded defaults, with a page to phone and text from."""
    import uvloop

    from gateway.bootstrap.demonstration import DemoWish

    if not script:
        uvloop.run(_serve(DemoWish(host=host, port=port, folder=data), open_page=open_page))
        return
    with TemporaryDirectory(prefix="haochaping-") as folder:
        wish = DemoWish(host=host, port=_ANY_PORT if port is None else port, folder=Path(folder) / "demo")
        ledger = uvloop.run(_play(wish))
    _print_table(ledger)
    if not ledger.all_held:
        raise typer.Exit(1)


async def _serve(wish: DemoWish, *, open_page: bool) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends it at once."""
    from gateway.bootstrap.demonstration import LOOPBACK, running_demo
    from gateway.bootstrap.draining import StopOrders
    from gateway.settings import Settings

    orders = StopOrders(Settings().worker.drain)
    async with running_demo(wish, orders.hurry) as running:
        print(f"\n  好差评网关演示  {running.page_url}\n", flush=True)
        print(f"  Emails, database and log: {running.folder}   Stop: Ctrl+C", flush=True)
        if wish.host not in LOOPBACK:
            print("  Reachable from other machines; whoever has the address may use it.", flush=True)
        if open_page:
            webbrowser.open(running.page_url)
        await orders.stop.wait()


async def _play(wish: DemoWish) -> Ledger:
    import aiohttp

    from gateway.bootstrap.demonstration import running_demo
    from gateway.cli.demo_story.network import DemoNetwork
    from gateway.cli.demo_story.story import Story

    async with running_demo(wish) as running, aiohttp.ClientSession() as session:
        network = DemoNetwork(session, running.url, running.token, running.api_token)
        story = Story(network)
        try:
            async with network.watching():
                await story.play()
        except aiohttp.ClientError as error:
            story.ledger.note("next request", "an answer", error, held=False)
        return story.ledger


def _print_table(ledger: Ledger) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="haochaping demo --script")
    for name, share in (("act", 3), ("what was done", 5), ("expected", 6), ("what happened", 10)):
        table.add_column(name, overflow="fold", ratio=share)
    table.add_column("ok")
    act = ""
    for line in ledger.lines:
        if line.act != act:
            table.add_section()
        mark = "[green]✓[/green]" if line.held else "[bold red]✗[/bold red]"
        shown = "" if line.act == act else line.act
        table.add_row(shown, *(escape(cell) for cell in (line.done, line.expected, line.happened)), mark)
        act = line.act
    console = Console()
    if not console.is_terminal:
        # Nobody folds a pipe; narrow columns would only make it hard to read.
        console.width = _PIPE_WIDTH
    console.print(table)
    failed = sum(not line.held for line in ledger.lines)
    console.print(f"{len(ledger.lines) - failed} of {len(ledger.lines)} held")
