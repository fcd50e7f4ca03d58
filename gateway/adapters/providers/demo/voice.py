"""Instructions as JSON: what the page says, and what it then waits for.

```json
{"prompts": [{"text": "请评价这次办事。", "language": "zh-CN", "audio": null, "interruptible": true}],
 "await": {"kind": "key", "timeout_seconds": 5.0, "step": "…"}}
```
`await.kind` is `key`, `recording` (with `max_seconds`, `silence_seconds`, `finish_key`) or `nothing`, after
which the call is over. `step` goes back with what the caller did; `audio` is the URL of a recorded prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.domain.flow.instructions import Gather, Hangup, Instruction, Play, Prompt, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.languages import Language
from gateway.domain.plain_text import one_line

SORRY: Final = (
    Say("对不起，系统正忙，这次没有记下评价。请稍后再打，或等我们的短信。再见。", Language.CHINESE),
    Say("Sorry, nothing could be recorded now. Please call again or wait for our text.", Language.ENGLISH),
    Hangup(),
)
"""What a caller hears when nothing can be stored."""


class VoiceWriter:
    """Writes instructions as the demo carrier reads them."""

    def __init__(self, audio_url: Callable[[str], str]) -> None:
        self._audio_url = audio_url

    def write(
        self, instructions: Sequence[Instruction], step_of: Callable[[Session], str]
    ) -> dict[str, object]:
        """The document; `step_of` seals the session at which the call goes on."""
        prompts: list[dict[str, object]] = []
        awaited: dict[str, object] = {"kind": "nothing"}
        for instruction in instructions:
            match instruction:
                case Gather(asked, timeout, session):
                    prompts += [self._prompt(prompt, interruptible=True) for prompt in asked]
                    awaited = {
                        "kind": "key",
                        "timeout_seconds": timeout.total_seconds(),
                        "step": step_of(session),
                    }
                case Record(asked, max_length, silence, finish_key, session):
                    prompts += [self._prompt(prompt, interruptible=False) for prompt in asked]
                    awaited = {
                        "kind": "recording",
                        "max_seconds": max_length.total_seconds(),
                        "silence_seconds": silence.total_seconds(),
                        "finish_key": finish_key,
                        "step": step_of(session),
                    }
                case Say() | Play():
                    prompts.append(self._prompt(instruction, interruptible=False))
                case Hangup():
                    pass
        return {"prompts": prompts, "await": awaited}

    def _prompt(self, prompt: Prompt, *, interruptible: bool) -> dict[str, object]:
        return {
            "text": one_line(prompt.text),
            "language": prompt.language.value,
            "audio": self._audio_url(prompt.audio) if isinstance(prompt, Play) else None,
            "interruptible": interruptible,
        }
