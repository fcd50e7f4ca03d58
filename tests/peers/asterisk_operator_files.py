"""The delivered configuration of docker/asterisk, as the private Asterisk of a test loads it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.peers.asterisk_files import configuration

DELIVERED: Final = Path(__file__).parents[2] / "docker" / "asterisk"
APP: Final = "haochaping-1"
HOTLINE_NUMBER: Final = "12345"
_MODULES: Final = "load = func_cut.so\nload = app_queue.so\nload = res_clioriginate.so\n"
_CRYPTED: Final = (
    "$6$tests$xi5cnGXEGB0bes0wU/nXS58Ncl3NGhD2Z.TYZ.03Ki.HJpfawk877P.V8Am/kNUz3eB2e2242ILgyDqxfnAuk."
)
"""`openssl passwd -6` of the password that tests use."""
_AGENTS: Final = """
[agents]
exten => 0245,1,Answer()
 same => n,Wait(0.2)
 same => n,Hangup()
"""
_QUEUES: Final = f"""
[general]
[{HOTLINE_NUMBER}]
setinterfacevar = yes
member => Local/0245@agents/n
"""


def delivered_configuration(
    home: Path, name: str, ports: tuple[int, int], login: tuple[str, str]
) -> dict[str, str]:
    """The delivered files with the test's ports, password and folders put in, and nothing else changed.

    What they leave to the machine (folders, modules, logs) is the tests' own; so are agents and a queue.
    """
    http, sip = ports
    own = configuration(home, name, ports, login)
    changes = {
        "http.conf": {"bindport = 8088": f"bindport = {http}"},
        "pjsip.conf": {"bind = 127.0.0.1:5060": f"bind = 127.0.0.1:{sip}"},
        "ari.conf": {"REPLACE-WITH-openssl-passwd-6": _CRYPTED},
        "extensions.conf": {"/var/lib/haochaping/prompts": f"{home}/sounds"},
        "rtp.conf": {},
        "amd.conf": {},
        "haochaping.conf": {},
    }
    files = {file: _changed(file, put) for file, put in changes.items()}
    files["extensions.conf"] += _AGENTS
    files["queues.conf"] = _QUEUES
    files["modules.conf"] = own["modules.conf"] + _MODULES
    return files | {file: own[file] for file in ("asterisk.conf", "logger.conf")}


def _changed(file: str, changes: dict[str, str]) -> str:
    text = (DELIVERED / file).read_text(encoding="utf-8")
    for old, new in changes.items():
        if text.count(old) < 1:
            raise LookupError(f"{file} does not hold {old!r} any more")
        text = text.replace(old, new, 1)
    return text
