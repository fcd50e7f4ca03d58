"""Personal data at rest: what is sealed opens only with its key, and numbers are found after a rotation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import ConfigurationError, InvalidInput
from gateway.domain.phone_numbers import PhoneNumber

pytestmark = pytest.mark.requirement("R-18")

OLD, NEW, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
PHONE = PhoneNumber("+8613800138000")
phones = st.integers(min_value=0, max_value=10**9 - 1).map(lambda n: PhoneNumber(f"+861{n:010d}"))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_to_itself(text: str) -> None:
    """Any text comes back; the seal does not contain it, and two seals of one text differ."""
    cipher = PersonalDataCipher([NEW])
    sealed = cipher.seal(text)

    assert cipher.unseal(sealed) == text
    assert cipher.seal(text) != sealed
    assert len(text) < 4 or text.encode() not in sealed


@given(st.text(alphabet="0123456789+", min_size=1), st.data())
def test_any_changed_bit_is_noticed(text: str, data: st.DataObject) -> None:
    """One flipped bit anywhere, or a shortened seal, never opens to a text."""
    cipher = PersonalDataCipher([NEW])
    sealed = bytearray(cipher.seal(text))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises((InvalidInput, ConfigurationError)):
        cipher.unseal(bytes(sealed))
    with pytest.raises((InvalidInput, ConfigurationError)):
        cipher.unseal(cipher.seal(text)[: data.draw(st.integers(0, len(sealed) - 1))])


@given(st.binary(max_size=80))
def test_arbitrary_bytes_never_open(junk: bytes) -> None:
    """What we did not seal is refused with an error of ours."""
    with pytest.raises((InvalidInput, ConfigurationError)):
        PersonalDataCipher([NEW]).unseal(junk)


def test_after_a_rotation_old_seals_open_and_wait_to_be_renewed() -> None:
    """With the new key in front, both seals open, and only the old one is due to be sealed afresh."""
    sealed_before = PersonalDataCipher([OLD]).seal("13800138000")
    rotated = PersonalDataCipher([NEW, OLD])

    assert rotated.unseal(sealed_before) == "13800138000"
    assert not rotated.newest_key_seals(sealed_before)
    assert rotated.newest_key_seals(rotated.seal("13800138000"))


def test_a_missing_key_is_named_as_the_setting_to_mend() -> None:
    """When no key fits, the error points at privacy.keys and does not show what was sealed."""
    sealed = PersonalDataCipher([OLD]).seal("13800138000")

    with pytest.raises(ConfigurationError, match=r"privacy\.keys") as caught:
        PersonalDataCipher([NEW]).unseal(sealed)
    assert "13800138000" not in str(caught.value)


@given(phones, phones)
def test_two_numbers_share_an_index_only_when_they_are_the_same(one: PhoneNumber, other: PhoneNumber) -> None:
    """An index is 64 hexadecimal digits, stable over processes, and tells numbers apart."""
    cipher, again = PersonalDataCipher([NEW]), PersonalDataCipher([NEW])

    assert len(cipher.index(one)) == 64
    assert int(cipher.index(one), 16) >= 0
    assert (cipher.index(one) == again.index(other)) == (one == other)


def test_numbers_stored_before_a_rotation_are_found() -> None:
    """Looking up under all keys, newest first, includes the index of the old key."""
    rotated = PersonalDataCipher([NEW, OLD])

    assert rotated.indexes(PHONE) == (
        PersonalDataCipher([NEW]).index(PHONE),
        PersonalDataCipher([OLD]).index(PHONE),
    )
    assert rotated.index(PHONE) == rotated.indexes(PHONE)[0]


def test_every_purpose_and_every_key_has_its_own_subkey() -> None:
    """Subkeys are 32 bytes, stable, different by purpose and key, and none equals a key itself."""
    cipher = PersonalDataCipher([NEW, OLD])
    keys = {*cipher.subkeys("step tokens"), *cipher.subkeys("links"), NEW, OLD}

    assert len(keys) == 6
    assert all(len(key) == 32 for key in keys)
    assert cipher.subkey("step tokens") == cipher.subkeys("step tokens")[0]
    assert cipher.subkeys("step tokens")[1] == PersonalDataCipher([OLD]).subkey("step tokens")


@pytest.mark.parametrize(
    ("keys", "fault"),
    [([], "no key"), ([NEW, b"short"], "key 2 has 5 bytes"), ([NEW, OLD, NEW], "twice")],
)
def test_unusable_keys_are_refused_at_start(keys: list[bytes], fault: str) -> None:
    """No key, a short one and a repeated one are configuration errors that name the setting."""
    with pytest.raises(ConfigurationError, match=rf"privacy\.keys: .*{fault}"):
        PersonalDataCipher(keys)


def test_a_cipher_does_not_show_its_keys() -> None:
    """Neither it nor what it holds prints a key."""
    cipher = PersonalDataCipher([OTHER])

    assert "\\x03" not in repr(vars(cipher))
    assert OTHER.hex() not in repr(vars(cipher))
