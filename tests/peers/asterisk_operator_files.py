"""The delivered configuration of docker/asterisk, as the private Asterisk of a test loads it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.peers.asterisk_files import configuration

DELIVERED: Final = Path(__file__).parents[2] / "docker" / "asterisk"
APP: Final = "haochaping-1"
HOTLINE_NUMBER: Final = "12345"
TRUNK: Final = "carrier"
"""The way to telephones by SIP: this Asterisk calls itself."""
RATES, NOBODY, MACHINE, HANGS_UP = "13800138002", "13800138000", "13800138009", "13800138003"
"""Telephones by what they do, all in the context `telephones`."""
ENGAGED: Final = "13800138017"
"""One that is busy, by way of the trunk."""
_MODULES: Final = (
    "func_cut", "app_queue", "res_clioriginate", "app_amd", "app_senddtmf", "app_playtones", "app_stack",
    "func_global", "res_ari_endpoints",
)  # fmt: skip
_CRYPTED: Final = (
    "$6$tests$xi5cnGXEGB0bes0wU/nXS58Ncl3NGhD2Z.TYZ.03Ki.HJpfawk877P.V8Am/kNUz3eB2e2242ILgyDqxfnAuk."
)
"""`openssl passwd -6` of the password that tests use."""
_DIAL_PLAN: Final = f"""
[agents]
exten => 0245,1,Answer()
 same => n,Wait(0.2)
 same => n,Hangup()

[telephones]
; Says "hello" and listens, then presses 2 until the other side has gone.
exten => {RATES},1,Answer()
 same => n,Playtones(440)
 same => n,Wait(0.5)
 same => n,StopPlaytones()
 same => n,Wait(1.5)
 same => n(key),SendDTMF(2)
 same => n,Wait(0.5)
 same => n,Goto(key)
exten => {NOBODY},1,Ringing()
 same => n,Wait(60)
; One long announcement.
exten => {MACHINE},1,Answer()
 same => n,Playtones(440)
 same => n,Wait(60)
; Somebody who wants nothing of it.
exten => {HANGS_UP},1,Answer()
 same => n,Wait(0.2)
 same => n,Hangup()

[haochaping-tail](+)
; What comes back by the trunk.
exten => {ENGAGED},1,Hangup(17)
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

    What they leave to the machine (folders, modules, logs) is the tests' own; so are agents and a queue, and
    telephones to call and a trunk that leads to them.
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
    files["extensions.conf"] += _DIAL_PLAN
    files["pjsip.conf"] += _trunk(sip)
    files["queues.conf"] = _QUEUES
    files["modules.conf"] = own["modules.conf"] + "".join(f"load = {module}.so\n" for module in _MODULES)
    return files | {file: own[file] for file in ("asterisk.conf", "logger.conf")}


def _trunk(sip: int) -> str:
    return (
        f"\n[{TRUNK}]\ntype = endpoint\ntransport = transport-hotline\ncontext = haochaping-tail\n"
        f"disallow = all\nallow = alaw,ulaw\ndirect_media = no\naors = {TRUNK}\n"
        f"[{TRUNK}]\ntype = aor\ncontact = sip:127.0.0.1:{sip}\n"
    )


def _changed(file: str, changes: dict[str, str]) -> str:
    text = (DELIVERED / file).read_text(encoding="utf-8")
    for old, new in changes.items():
        if text.count(old) < 1:
            raise LookupError(f"{file} does not hold {old!r} any more")
        text = text.replace(old, new, 1)
    return text
