"""The prompts of the delivered flow as noise, in the place that a real gateway process looks for them."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Final

from gateway.bootstrap.flows import find_flow, load_flow
from gateway.bootstrap.prompts import prompt_library
from gateway.domain.flow.instructions import Say
from gateway.settings import load_settings
from tests.peers.sip_sounds import FRAME, NoisePrompts

FLOW: Final = "hotline_rating"


def fill_prompts(folder: Path, seconds: float = 0.5) -> NoisePrompts:
    """Put every prompt into a gateway's folder: a WAV for the gateway, beside it what Asterisk plays."""
    settings = load_settings(environ={"HAOCHAPING_PROMPTS__FOLDER": str(folder)})
    library = prompt_library(settings, FLOW)
    noise = NoisePrompts(folder, seconds)
    for wording in load_flow(find_flow(FLOW)).wordings.values():
        for speech in wording.speeches.values():
            place = library.place_of(Say(speech.text, speech.spoken))
            place.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(place), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(8000)
                sound.writeframes(b"\0\0" * FRAME)
            noise.file_of(speech.text).rename(place.with_suffix(".ulaw"))
    return noise
