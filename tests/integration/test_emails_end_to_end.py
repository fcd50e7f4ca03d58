"""Bad ratings on their way to people's mailboxes, through a mail server that does not always want to."""

from __future__ import annotations

import pytest

from tests.integration.agency_desk import Desk, page_in, rated_badly
from tests.integration.conftest import AGENCY, CITIZEN, Rig, until
from tests.peers.smtp_server import Act

CONTACT, HEAD, BUREAU = "service@gongan.example", "head@gongan.example", "haochaping@bureau.example"


async def rate_badly(rig: Rig) -> None:
    """A citizen texts a bad rating of a service of the agency."""
    await rig.register("S-1", agency_code=AGENCY)
    await rig.carrier.text_in(CITIZEN, "5 电话13800138000打不通")


@pytest.mark.requirement("R-10")
@pytest.mark.parametrize(
    ("refused", "told"),
    [((), CONTACT), ((CONTACT,), HEAD), ((CONTACT, HEAD), BUREAU)],
)
async def test_who_is_refused_for_good_is_followed_by_the_next(
    rig: Rig, refused: tuple[str, ...], told: str
) -> None:
    """The agency's contact, then its head, then the bureau: one email, to the first who can be reached."""
    for address in refused:
        rig.mail.recipient_answers[address] = ["550 5.1.1 no such mailbox"]

    await rate_badly(rig)
    (email,) = await rig.emails(1)
    await rig.quiet()

    assert email.recipients == (told,)
    assert len(rig.mail.inbox) == 1


@pytest.mark.requirement("R-18")
async def test_a_number_in_the_citizens_words_reaches_nobody(rig: Rig) -> None:
    """Neither the email nor the core store's document holds it."""
    await rate_badly(rig)
    (email,) = await rig.emails(1)
    (document,) = (await rig.stored(1)).values()

    parts = [part for part in email.message.walk() if part.get_content_maintype() == "text"]
    words = {part.get_content_subtype(): part.get_content() for part in parts}
    assert set(words) == {"plain", "html", "calendar"}
    assert "打不通" in words["plain"]
    assert "打不通" in words["html"]
    assert "13800138000" not in "".join(words.values())
    assert "13800138000" not in str(document)


@pytest.mark.parametrize("trouble", ["451 4.7.1 greylisted", Act.DROP])
async def test_what_fails_for_now_is_sent_again_under_the_same_id(rig: Rig, trouble: str | Act) -> None:
    """Greylisted or cut off after the content: the receiver can tell the second copy by its Message-ID."""
    rig.mail.content_answers = [trouble]
    await rate_badly(rig)

    async def tried() -> bool:
        return not rig.mail.content_answers

    await until(tried)
    await rig.stored(1)
    taken_at_first = len(rig.mail.inbox)
    while len(rig.mail.inbox) == taken_at_first:
        rig.skip(seconds=10)
        await rig.quiet()

    assert len({str(email.message["Message-ID"]) for email in rig.mail.inbox}) == 1
    assert len(rig.mail.inbox) == taken_at_first + 1


TWO_CONTACTS = "11441500MB2E67890A"
"""An agency with two contacts of equal standing."""


@pytest.mark.requirement("R-10")
async def test_each_contact_gets_a_link_of_their_own_that_opens_the_page(rig: Rig) -> None:
    """Two emails in one thread; each link shows who it was made for."""
    await rated_badly(rig, agency_code=TWO_CONTACTS)
    emails = await rig.emails(2)
    await rig.quiet()

    links = {email.recipients: page_in(email) for email in emails}
    assert set(links) == {("register@shichang.example",), ("complaints@shichang.example",)}
    assert len(set(links.values())) == len({str(e.message["Message-ID"]) for e in emails}) == 2
    assert len({str(email.message["References"]) for email in emails}) == 1
    for link, name in ((links["register@shichang.example",], "登记注册科"),):
        page = await Desk(rig, link).open()
        assert page.status == 200
        assert name in page.html


@pytest.mark.requirement("R-10")
async def test_where_one_of_two_contacts_is_refused_the_other_suffices(rig: Rig) -> None:
    """Somebody has it; nobody is written to twice, and the head is left in peace."""
    rig.mail.recipient_answers["register@shichang.example"] = ["550 5.1.1 no such mailbox"]

    await rated_badly(rig, agency_code=TWO_CONTACTS)
    (email,) = await rig.emails(1)
    await rig.quiet()

    assert email.recipients == ("complaints@shichang.example",)
    assert len(rig.mail.inbox) == 1
