"""The configuration reference and the example file, written from the settings themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from pydantic.fields import FieldInfo

from gateway.settings.model import Key, fields, secret_mark, section_types
from gateway.settings.spelling import spelled

_WIDTH: Final = 100
_INTRODUCTION: Final = """# Configuration

<!-- Written by docs/configuration_reference.py from gateway/settings/; change the descriptions there. -->

Without any configuration the embedded defaults run. Otherwise one TOML file is read: the one of `--config`,
else of `$HAOCHAPING_CONFIG`, else `config/gateway.toml` when it exists; copy `config/gateway.example.toml`.
Every key can be set by an environment variable, which goes over the file: `server.port` is
`HAOCHAPING_SERVER__PORT`. Lists are JSON there: `HAOCHAPING_SMS__PROVIDERS='["twilio"]'`.

**Secrets** never stand in the file. They come from their variable, or from a file of their own. The variable
with `_FILE` at its end names that file, or the key with `_file` at its end does:
`HAOCHAPING_TWILIO__AUTH_TOKEN_FILE`, or `auth_token_file = "/run/secrets/twilio"` under `[twilio]`. Lists of
secrets stand one to a line. The URLs of the database and of Redis may hold a password wherever they stand.

**Durations** are a number with `s`, `m`, `h`, `d` or `w`: `90s`, `24h`, `30d`. **Working days** are written
`"1 working day"`, `"15 working days"` or `"15wd"`, and end at 18:00. **Quiet hours** are `21:00-08:00`; empty
switches them off. Relative paths start from the working directory.

Unknown keys and unknown variables that begin with `HAOCHAPING_` are errors. `haochaping check` tells every
fault at once, with its line or variable and how to mend it.
"""
_EXAMPLE: Final = """# Settings of haochaping; copy to config/gateway.toml.
# Every key is here with its default: take the # away from what you change. docs/configuration.md says more.
# Written by docs/configuration_reference.py.
"""


@dataclass(frozen=True, slots=True)
class Described:
    """One key as a reader needs it."""

    key: Key
    meaning: str
    default: str
    """As TOML."""
    derived: str
    """In words, when the default depends on other keys."""
    secret: bool
    file_key: str
    """The key that names a file with the secret; empty for what is no secret."""


def describe() -> Iterator[Described]:
    """Every key of the settings, section by section."""
    for key, field in fields():
        mark = secret_mark(field)
        told = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        yield Described(
            key=key,
            meaning=field.description or "",
            default=str(told.get("as_toml") or _default(field)),
            derived=str(told.get("derived", "")),
            secret=mark is not None and mark.only_outside,
            file_key=f"{key.name}_file" if mark else "",
        )


def as_markdown() -> str:
    """The whole of docs/configuration.md."""
    parts = [_INTRODUCTION]
    for section, kind in section_types().items():
        rows = [_row(described) for described in describe() if described.key.section == section]
        meaning = (kind.__doc__ or "").strip()
        parts.append(
            f"\n## {section}\n\n{meaning}\n\n| key | default | meaning | variable |\n|---|---|---|---|\n"
            + "\n".join(rows)
            + "\n"
        )
    return "".join(parts)


def as_toml() -> str:
    """The whole of config/gateway.example.toml."""
    parts = [_EXAMPLE]
    for section, kind in section_types().items():
        parts.append(f"\n# {(kind.__doc__ or '').strip()}\n[{section}]\n")
        parts += [_lines(described) for described in describe() if described.key.section == section]
    return "".join(parts)


def _default(field: FieldInfo) -> str:
    return spelled(field.get_default())


def _row(described: Described) -> str:
    default = described.derived or f"`{described.default}`"
    meaning = described.meaning
    if described.secret:
        default = "none"
        meaning += f" Secret; or `{described.file_key}`."
    elif described.file_key:
        meaning += f" May hold a password; or `{described.file_key}`."
    return f"| `{described.key.name}` | {default} | {meaning} | `{described.key.variable}` |"


def _lines(described: Described) -> str:
    meaning = "".join(f"# {line}\n" for line in wrap(described.meaning, _WIDTH))
    if described.secret:
        return f"{meaning}# Secret: {described.key.variable}, or {described.file_key} = the path of a file.\n"
    return f"{meaning}#{described.key.name} = {described.default}\n"
