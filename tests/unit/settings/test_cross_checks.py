"""What settings ask of each other."""

from __future__ import annotations

import pytest

from gateway.settings import SettingsError, load_settings

TWILIO = {
    "HAOCHAPING_VOICE__PROVIDER": "twilio",
    "HAOCHAPING_SMS__PROVIDERS": '["twilio", "demo"]',
    "HAOCHAPING_TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
    "HAOCHAPING_TWILIO__AUTH_TOKEN": "12345",
    "HAOCHAPING_TWILIO__FROM_NUMBER": "+8675512345678",
    "HAOCHAPING_SERVER__PUBLIC_URL": "https://rating.example.gov.cn/",
}
CORE_STORE = {
    "HAOCHAPING_CORE_STORE__KIND": "http",
    "HAOCHAPING_CORE_STORE__URL": "https://store.example.gov.cn",
    "HAOCHAPING_CORE_STORE__TOKEN": "12345",
}
SMTP = {
    "HAOCHAPING_SMTP__HOST": "mail.example.gov.cn",
    "HAOCHAPING_SMTP__SENDER": "政务服务好差评 <haochaping@example.gov.cn>",
    "HAOCHAPING_SMTP__USERNAME": "haochaping",
    "HAOCHAPING_SMTP__PASSWORD": "12345",
}
ASTERISK = {
    "HAOCHAPING_VOICE__PROVIDER": "asterisk",
    "HAOCHAPING_ASTERISK__URL": "http://127.0.0.1:8088/ari",
    "HAOCHAPING_ASTERISK__USERNAME": "haochaping",
    "HAOCHAPING_ASTERISK__PASSWORD": "12345",
}
PARTNERS = {
    "HAOCHAPING_ASTERISK__URL": ASTERISK,
    "HAOCHAPING_ASTERISK__USERNAME": ASTERISK,
    "HAOCHAPING_ASTERISK__PASSWORD": ASTERISK,
    "HAOCHAPING_TWILIO__ACCOUNT_SID": TWILIO,
    "HAOCHAPING_TWILIO__AUTH_TOKEN": TWILIO,
    "HAOCHAPING_TWILIO__FROM_NUMBER": TWILIO,
    "HAOCHAPING_SERVER__PUBLIC_URL": TWILIO,
    "HAOCHAPING_CORE_STORE__URL": CORE_STORE,
    "HAOCHAPING_CORE_STORE__TOKEN": CORE_STORE,
    "HAOCHAPING_SMTP__SENDER": SMTP,
    "HAOCHAPING_SMTP__USERNAME": SMTP,
    "HAOCHAPING_SMTP__PASSWORD": SMTP,
}


@pytest.mark.parametrize(
    "environ",
    [TWILIO, ASTERISK, CORE_STORE, SMTP],
    ids=["twilio", "asterisk", "core store", "smtp"],
)
def test_complete_choices_are_accepted(environ: dict[str, str]) -> None:
    """Each of the outside parties is configured by what its section names."""
    load_settings(environ=environ)


@pytest.mark.parametrize("variable", PARTNERS)
def test_missing_partner_is_named(variable: str) -> None:
    """What a choice needs and does not have is named by key and by variable."""
    environ = {name: value for name, value in PARTNERS[variable].items() if name != variable}

    with pytest.raises(SettingsError) as refused:
        load_settings(environ=environ)

    (finding,) = refused.value.findings
    assert finding.remedy.endswith(f"or {variable}")
    assert finding.place in environ


def test_wrong_partner_is_told_once() -> None:
    """A key that is there but wrong is not told as missing too."""
    with pytest.raises(SettingsError) as refused:
        load_settings(environ=TWILIO | {"HAOCHAPING_TWILIO__FROM_NUMBER": "13800138000"})

    (finding,) = refused.value.findings
    assert finding.place == "HAOCHAPING_TWILIO__FROM_NUMBER"


@pytest.mark.parametrize(
    "environ",
    [
        {"HAOCHAPING_SMS__PROVIDERS": '["smpp"]'},
        {"HAOCHAPING_SMS__PROVIDERS": '["demo", "cmpp"]'},
    ],
)
def test_foreseen_provider_is_refused_plainly(environ: dict[str, str]) -> None:
    """A provider that is not built yet is refused at the start, not when the first text is due."""
    with pytest.raises(SettingsError, match="this version does not have the provider"):
        load_settings(environ=environ)


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"HAOCHAPING_SMS__PROVIDERS": '["demo", "demo"]'}, "stands twice"),
        ({"HAOCHAPING_SMS__PROVIDERS": "[]"}, "sms.providers"),
        ({"HAOCHAPING_SMS__REPEAT_UNKNOWN": '["greeting"]'}, "names 'greeting', which is no kind of text"),
        ({"HAOCHAPING_TWILIO__FURTHER_NUMBERS": '["12345"]'}, "is no number in E.164 form"),
        ({"HAOCHAPING_CORE_STORE__URL": "http://store"}, "does not use it"),
        (SMTP | {"HAOCHAPING_SMTP__SECURITY": "none"}, "unprotected"),
        (
            {"HAOCHAPING_RULES__HOLIDAYS": '["2027-01-01"]', "HAOCHAPING_RULES__WORKDAYS": '["2027-01-01"]'},
            "2027-01-01 is a holiday and a workday",
        ),
        ({"HAOCHAPING_SERVER__PUBLIC_URL": "rating.example.gov.cn"}, "is not an http or https URL"),
        ({"HAOCHAPING_SERVER__PUBLIC_URL": "https://u:p@h"}, "has credentials"),
        ({"HAOCHAPING_DATABASE__URL": "mysql://h/d"}, "names no database that we know"),
        ({"HAOCHAPING_DATABASE__URL": "sqlite:///"}, "names no file"),
        ({"HAOCHAPING_DATABASE__URL": "sqlite:///:memory:"}, "names no file"),
        ({"HAOCHAPING_API__TOKENS": '["one", "two "]'}, "white space around its 2. token"),
        ({"HAOCHAPING_API__TOKENS": '["  "]'}, "white space around its 1. token"),
        ({"HAOCHAPING_REDIS__URL": "http://h"}, "is no Redis URL"),
        ({"HAOCHAPING_REDIS__URL": "redis://h:port/0"}, "has a host or port that is none"),
        ({"HAOCHAPING_REDIS__URL": "redis://h/zero"}, "has a database that is none"),
        ({"HAOCHAPING_REDIS__URL": "redis://[h"}, "is no Redis URL"),
        ({"HAOCHAPING_REDIS__URL": "unix://"}, "names no socket"),
        ({"HAOCHAPING_REDIS__URL": "redis+sentinel://h"}, "does not name the service"),
        ({"HAOCHAPING_TWILIO__MESSAGES_PER_SECOND": "-1"}, "messages_per_second"),
        ({"HAOCHAPING_SMTP__SENDER": "nobody"}, "is no mailbox"),
        ({"HAOCHAPING_OUTBOUND__ENABLED": "true"}, "calls cannot be made by demo"),
        ({"HAOCHAPING_OUTBOUND__ENDPOINT": "PJSIP/trunk"}, "how to reach a number"),
        ({"HAOCHAPING_OUTBOUND__ENDPOINT": "PJSIP/{phone}@x"}, "how to reach a number"),
        ({"HAOCHAPING_OUTBOUND__KINDS": '["hotline"]'}, "'hotline', which is not rated so"),
        ({"HAOCHAPING_OUTBOUND__WAIT_BUSY": "9m"}, "outbound.wait_busy"),
        ({"HAOCHAPING_OUTBOUND__RING_FOR": "2m"}, "outbound.ring_for"),
        ({"HAOCHAPING_OUTBOUND__TRIES": "9"}, "outbound.tries"),
        ({"HAOCHAPING_OUTBOUND__PER_SECOND": "0"}, "outbound.per_second"),
        ({"HAOCHAPING_TWILIO__ACCOUNT_SID": "AC"}, "is no account SID"),
        ({"HAOCHAPING_TWILIO__ACCOUNT_SID": "SM0123456789"}, "AC and letters and digits"),
        ({"HAOCHAPING_TWILIO__ACCOUNT_SID": "AC01/../AC02"}, "is no account SID"),
        ({"HAOCHAPING_TWILIO__ACCOUNT_SID": "AC" + "0" * 41}, "is no account SID"),
    ],
)
def test_contradictions_and_slips_are_told(environ: dict[str, str], problem: str) -> None:
    """Each is refused with words that name it."""
    with pytest.raises(SettingsError, match=problem):
        load_settings(environ=environ)


def test_unprotected_log_in_on_this_machine_is_accepted() -> None:
    """Nothing crosses a network on loopback."""
    environ = {"HAOCHAPING_SMTP__HOST": "127.0.0.1", "HAOCHAPING_SMTP__SECURITY": "none"}

    assert load_settings(environ=SMTP | environ).smtp.security == "none"


@pytest.mark.parametrize("sid", ["AC" + "0123456789abcdef" * 2, "ACtestserver1", "AC1"])
def test_accounts_of_servers_that_speak_twilio_are_accepted(sid: str) -> None:
    """Only Twilio itself writes them as 32 hexadecimal digits."""
    assert load_settings(environ=TWILIO | {"HAOCHAPING_TWILIO__ACCOUNT_SID": sid}).twilio.account_sid == sid
