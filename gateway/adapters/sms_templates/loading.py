"""Reading and compiling template files; every fault is found here, before the first message is sent."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from gateway.domain.findings import Finding
from gateway.domain.languages import Language
from gateway.domain.messages import MessageKind

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Template

SIGNATURE: Final = "signature"
"""The one variable that every template may use."""
_SUFFIX: Final = ".j2"
_SAMPLES: Final = {"letter": "A", "level_name": "满意", "additional_days": "30", "answer": "已增开窗口"}
_OWN_FILES_ONLY: Final = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One compiled template and the file it came from."""

    kind: MessageKind
    language: Language
    path: Path
    compiled: Template


@dataclass(slots=True)
class TemplateFolder:
    """What a folder holds: templates that are fit for use, and findings for all that is not."""

    templates: dict[tuple[MessageKind, Language], MessageTemplate] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def load_folder(folder: Path) -> TemplateFolder:
    """Compile every template of every language and kind, and say what is missing, faulty or too much."""
    loaded = TemplateFolder()
    for language in Language:
        if not (folder / language.value).is_dir():
            loaded.findings.append(
                Finding(str(folder / language.value), "folder missing", "add the texts of this language")
            )
            continue
        for kind in MessageKind:
            path = folder / language.value / f"{kind.value}{_SUFFIX}"
            outcome = _load(kind, language, path)
            if isinstance(outcome, Finding):
                loaded.findings.append(outcome)
            else:
                loaded.templates[kind, language] = outcome
    loaded.findings += _strangers(folder)
    return loaded


def _load(kind: MessageKind, language: Language, path: Path) -> MessageTemplate | Finding:
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Finding(str(path), "template missing", "add it")
    except (OSError, UnicodeDecodeError) as error:
        return Finding(str(path), f"unreadable ({type(error).__name__})", "save it as a UTF-8 text file")
    return _compile(kind, language, path, source)


@lru_cache(maxsize=256)
def _compile(kind: MessageKind, language: Language, path: Path, source: str) -> MessageTemplate | Finding:
    """The same words need be looked through only once."""
    environment = _environment()
    try:
        fault = _foreign_name(environment.parse(source, path.name, str(path)), kind, path)
        if fault is not None:
            return fault
        code = environment.compile(source, path.name, str(path))
    except TemplateSyntaxError as error:
        return Finding(f"{path}:{error.lineno}", error.message or "syntax error", "mend the Jinja syntax")
    compiled = environment.template_class.from_code(environment, code, environment.make_globals(None))
    return _trial(MessageTemplate(kind, language, path, compiled))


@cache
def _environment() -> SandboxedEnvironment:
    # Autoescape stays off: the result is plain text for a telephone, and `&amp;` would be shown as such.
    environment = SandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
    environment.globals.clear()
    return environment


def _foreign_name(syntax_tree: nodes.Template, kind: MessageKind, path: Path) -> Finding | None:
    """The first use of a variable that the kind does not offer, or of another file."""
    allowed = kind.variables | {SIGNATURE}
    unknown = meta.find_undeclared_variables(syntax_tree) - allowed
    for name in syntax_tree.find_all(nodes.Name):
        if name.name in unknown:
            remedy = f"use one of: {', '.join(sorted(allowed))}"
            return Finding(f"{path}:{name.lineno}", f"unknown variable {name.name!r}", remedy)
    for other in syntax_tree.find_all(_OWN_FILES_ONLY):
        return Finding(f"{path}:{other.lineno}", "uses another file", "write the whole text in this file")
    return None


def _trial(template: MessageTemplate) -> MessageTemplate | Finding:
    """The template itself if it renders with every variable given and with every one empty."""
    names = sorted(template.kind.variables)
    for values in product(*(("", _SAMPLES.get(name, "居民身份证换领")) for name in names)):
        variables = dict(zip(names, values, strict=True)) | {SIGNATURE: "签名"}
        try:
            template.compiled.render(variables)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            place = f"{template.path}:{_line_of(error, template.path)}"
            return Finding(place, f"cannot be rendered ({error})", "use the variables as plain text")
    return template


def _line_of(error: Exception, path: Path) -> int:
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return lines[-1] or 1 if lines else 1


def _strangers(folder: Path) -> list[Finding]:
    """Template files that no message kind will ever use, most likely a misspelt name."""
    known = {f"{language.value}/{kind.value}{_SUFFIX}" for language, kind in product(Language, MessageKind)}
    return [
        Finding(str(path), "no message of this language and kind", "rename or remove it")
        for path in sorted(folder.rglob(f"*{_SUFFIX}"))
        if path.relative_to(folder).as_posix() not in known
    ]
