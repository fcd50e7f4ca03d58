"""The connections to the hotline's own PBX, from settings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.adapters.providers.asterisk.desk import CallDesk, Limits
from gateway.adapters.providers.asterisk.provider import AsteriskConnection
from gateway.adapters.providers.asterisk.sounds import SoundFiles
from gateway.adapters.providers.asterisk.transport import AriClient
from gateway.adapters.providers.asterisk.voice import Conduct
from gateway.application.ports.call_connection import CallConnection
from gateway.application.ports.call_leader import CallLeader
from gateway.application.ports.phone_parser import PhoneParser
from gateway.application.ports.prompt_audio import PromptAudio
from gateway.application.ports.step_tokens import StepTokens
from gateway.domain.errors import Unavailable
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    """What connections are made with."""

    settings: Settings
    leader: CallLeader
    audio: PromptAudio
    phones: PhoneParser
    step_tokens: StepTokens
    metrics: Metrics


def uses_pbx(settings: Settings) -> bool:
    """Whether calls come by a PBX."""
    return settings.voice.provider == "asterisk"


def ari_clients(settings: Settings) -> list[AriClient]:
    """A client for each Asterisk that is configured; each is to be closed."""
    asterisk = settings.asterisk
    password = asterisk.password.get_secret_value()
    return [
        AriClient(url, asterisk.username, password, asterisk.app)
        for url in (asterisk.url, *asterisk.further_urls)
    ]


def pbx_connections(board: Switchboard) -> list[CallConnection]:
    """One connection to each Asterisk that is configured, not started yet."""
    return [_connection(board, ari) for ari in ari_clients(board.settings)]


async def check_all(connections: Sequence[CallConnection]) -> None:
    """Return while all are there; raises Unavailable with what is wrong with which."""
    found = await asyncio.gather(*(one.check() for one in connections), return_exceptions=True)
    troubles = [str(trouble) for trouble in found if isinstance(trouble, Exception)]
    if troubles:
        raise Unavailable("; ".join(troubles))


def _connection(board: Switchboard, ari: AriClient) -> CallConnection:
    settings, asterisk = board.settings, board.settings.asterisk
    sounds = SoundFiles(board.audio.file_of, settings.prompts.folder, asterisk.sounds)
    conduct = Conduct(
        leader=board.leader,
        media_of=sounds.media_of,
        seal=board.step_tokens.seal,
        longest_call=asterisk.longest_call,
        answered=lambda seconds: board.metrics.pbx_key_answered(pbx=ari.name, seconds=seconds),
    )
    desk = CallDesk(
        ari,
        conduct,
        Limits(asterisk.most_calls, hangs_up=asterisk.at_end == "hangup"),
        phones=board.phones,
        step_tokens=board.step_tokens,
        metrics=board.metrics,
    )
    return AsteriskConnection(ari, desk, board.metrics)
