"""The configuration of a private Asterisk: loopback only, and no module that a rating call does not need."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.peers.asterisk_image import VERSION

FOLDERS: Final = ("etc", "lib", "db", "keys", "agi", "spool", "run", "log")
RTP: Final = (33_000, 39_998)
"""Ports for sound; Asterisk looks for a free one by itself."""
_MODULES: Final = """
res_crypto res_sorcery_config res_sorcery_memory res_sorcery_astdb res_timing_timerfd res_pjproject
res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_pjsip_caller_id res_pjsip_dtmf_info
res_pjsip_header_funcs res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_anonymous
res_pjsip_pubsub res_rtp_asterisk res_pjsip_authenticator_digest
res_pjsip_outbound_authenticator_digest chan_pjsip res_http_websocket res_stasis res_stasis_answer
res_stasis_playback res_stasis_recording res_stasis_snoop app_stasis res_ari res_ari_model
res_ari_applications res_ari_asterisk res_ari_channels res_ari_events res_ari_playbacks
res_ari_recordings pbx_config app_dial app_playback app_exec app_db app_verbose bridge_simple
bridge_builtin_features codec_ulaw codec_alaw codec_resample format_pcm format_wav format_sln
func_timeout func_channel func_callerid func_strings func_logic func_db
"""

_FURTHER: Final = {"22": ("res_websocket_client",)}
"""What the modules above need in other versions."""

DIALPLAN: Final = """
[hotline]
; The caller speaks with an agent; when the agent hangs up, the caller rates. SIP headers say what and where.
exten => _X.,1,Answer()
 same => n,Set(APP=${PJSIP_HEADER(read,X-App)})
 same => n,Set(RATED=${PJSIP_HEADER(read,X-Rating)})
 same => n,Set(CEILING=${PJSIP_HEADER(read,X-Ceiling)})
 same => n,Dial(Local/agent@agents/n,,g)
 same => n(rate),ExecIf($["${CEILING}" != ""]?Set(TIMEOUT(absolute)=${CEILING}))
 same => n,Stasis(${IF($["${APP}" = ""]?haochaping:${APP})},${RATED})
 same => n,GotoIf($["${HAOCHAPING_RESULT}" = "done"]?end)
 same => n,Playback(@SOUNDS@/fallback)
 same => n(end),Hangup()
; A call that nobody has answered yet.
exten => direct,1,Set(APP=${PJSIP_HEADER(read,X-App)})
 same => n,Stasis(${IF($["${APP}" = ""]?haochaping:${APP})},${PJSIP_HEADER(read,X-Rating)})
 same => n,GotoIf($["${HAOCHAPING_RESULT}" = "done"]?end)
 same => n,Playback(@SOUNDS@/fallback)
 same => n(end),Hangup()
; Two agents, one after the other.
exten => twice,1,Answer()
 same => n,Stasis(haochaping,item_code=first)
 same => n,Stasis(haochaping,item_code=second)
 same => n,Hangup()
exten => T,1,Playback(@SOUNDS@/too-long)
 same => n,Hangup()

[agents]
exten => agent,1,Answer()
 same => n,Wait(0.2)
 same => n,Hangup()
"""


def configuration(home: Path, name: str, ports: tuple[int, int], login: tuple[str, str]) -> dict[str, str]:
    """The files by name; `ports` are those of HTTP and SIP."""
    http, sip = ports
    user, password = login
    modules = [*_MODULES.split(), *_FURTHER.get(VERSION, ())]
    directories = "\n".join(
        f"ast{key}dir => {home}/{folder}"
        for key, folder in {
            "etc": "etc", "varlib": "lib", "db": "db", "key": "keys",
            "agi": "agi", "spool": "spool", "run": "run", "log": "log",
        }.items()
    )  # fmt: skip
    return {
        "asterisk.conf": (
            f"[directories]\nastdatadir => /usr/share/asterisk\n{directories}\n"
            f"[options]\nsystemname = {name}\nverbose = 3\n"
        ),
        "modules.conf": "[modules]\nautoload = no\n" + "".join(f"load = {m}.so\n" for m in modules),
        "logger.conf": "[general]\n[logfiles]\nconsole => notice,warning,error,verbose\n",
        "http.conf": f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nbindport = {http}\n",
        "ari.conf": (
            "[general]\nenabled = yes\nchannelvars = HAOCHAPING_ITEM_NAME,HAOCHAPING_LANGUAGE\n"
            f"[{user}]\ntype = user\nread_only = no\npassword = {password}\n"
        ),
        "rtp.conf": f"[general]\nrtpstart = {RTP[0]}\nrtpend = {RTP[1]}\nstrictrtp = no\n",
        "pjsip.conf": (
            f"[udp]\ntype = transport\nprotocol = udp\nbind = 127.0.0.1:{sip}\n"
            "[caller]\ntype = endpoint\ncontext = hotline\ndisallow = all\nallow = ulaw\n"
            "dtmf_mode = rfc4733\nmedia_address = 127.0.0.1\ndirect_media = no\ntrust_id_inbound = yes\n"
            "[caller]\ntype = identify\nendpoint = caller\nmatch = 127.0.0.1\n"
        ),
        "extensions.conf": DIALPLAN.replace("@SOUNDS@", f"{home}/sounds"),
    }
