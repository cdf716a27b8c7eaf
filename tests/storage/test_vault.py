"""The vault opens for the right key, place and revision only, and its sizes tell nothing."""

import os
import pickle
import random
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.vault import (
    DataKey,
    KeyRing,
    Tampered,
    UnknownKey,
    Vault,
    fingerprint,
    new_key,
    padded,
    parse_keys,
    unpadded,
)

OLD, NEW = b"o" * 32, b"n" * 32
PLACE = {"table": "answer", "row": 12, "revision": 3, "owner": "patient:7", "field": "body"}


@pytest.fixture
def vault() -> Vault:
    return Vault([NEW, OLD], os.urandom)


def seal(vault: Vault, key: DataKey, plaintext: bytes, **changes: object) -> bytes:
    return vault.seal(key, plaintext, **{**PLACE, **changes})  # type: ignore[arg-type]


def opened(vault: Vault, key: DataKey, sealed: bytes, **changes: object) -> bytes:
    return vault.open(key, sealed, **{**PLACE, **changes})  # type: ignore[arg-type]


@given(st.binary(max_size=600))
def test_what_was_sealed_opens_as_it_was(plaintext: bytes) -> None:
    vault = Vault([NEW], os.urandom)
    key, wrapped = vault.make_key("patient:7")
    sealed = seal(vault, key, plaintext)
    assert opened(vault, vault.unwrap(wrapped, owner="patient:7"), sealed) == plaintext


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"table": "flag"},
        {"row": 13},
        {"revision": 2},
        {"owner": "patient:8"},
        {"field": "topic"},
        {"table": "answer2", "row": 1},
        {"row": 123, "revision": ""},
    ],
)
def test_a_value_opens_nowhere_but_in_its_place(vault: Vault, elsewhere: dict[str, object]) -> None:
    key, _ = vault.make_key("patient:7")
    sealed = seal(vault, key, b"cancer: yes")
    with pytest.raises(Tampered) as refused:
        opened(vault, key, sealed, **elsewhere)
    assert "cancer" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_no_two_places_are_bound_alike(vault: Vault) -> None:
    key, _ = vault.make_key("a")
    sealed = seal(vault, key, b"x", table="1:a", row="b", owner="c", field="d")
    with pytest.raises(Tampered):
        opened(vault, key, sealed, table="1", row="a1:b", owner="c", field="d")


def test_one_bit_changed_anywhere_is_noticed(vault: Vault) -> None:
    key, _ = vault.make_key("patient:7")
    sealed = seal(vault, key, b"yes")
    for at in range(len(sealed)):
        with pytest.raises(Tampered):
            opened(vault, key, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
    for short in (b"", sealed[:1], sealed[:20], sealed[:-1]):
        with pytest.raises(Tampered):
            opened(vault, key, short)


def test_another_patients_key_opens_nothing(vault: Vault) -> None:
    mine, my_wrapped = vault.make_key("patient:7")
    other, _ = vault.make_key("patient:8")
    with pytest.raises(Tampered):
        opened(vault, other, seal(vault, mine, b"yes"))
    with pytest.raises(Tampered):
        vault.unwrap(my_wrapped, owner="patient:8")


def test_the_same_answer_never_looks_the_same_twice(vault: Vault) -> None:
    key, _ = vault.make_key("patient:7")
    assert len({seal(vault, key, b"no") for _ in range(100)}) == 100


def test_yes_and_no_and_a_choice_of_many_are_of_one_length(vault: Vault) -> None:
    key, _ = vault.make_key("patient:7")
    lengths = {len(seal(vault, key, answer)) for answer in (b"", b"no", b"yes", b"x" * 200)}
    assert len(lengths) == 1


@given(st.integers(0, 40_000))
def test_padding_is_undone_and_costs_what_it_says(length: int) -> None:
    text = b"\x80\0" * (length // 2)
    wide = padded(text)
    assert unpadded(wide) == text
    if len(text) >= 8192:
        assert len(wide) <= (len(text) + 1) * 1.12
    else:
        assert len(wide) in {2**power for power in range(8, 14)}
        assert len(wide) == 256 or len(wide) < 2 * (len(text) + 1)


def test_lengths_only_grow_with_the_text() -> None:
    sizes = [len(padded(bytes(length))) for length in range(0, 70_000, 7)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) < 80


def test_what_was_never_padded_is_refused() -> None:
    for text in (b"", b"\0\0", b"yes"):
        with pytest.raises(ValueError, match="never padded"):
            unpadded(text)


def test_keys_rotate_without_sealing_anything_anew() -> None:
    before = Vault([OLD], os.urandom)
    key, wrapped = before.make_key("patient:7")
    sealed = seal(before, key, b"yes")
    found = fingerprint(key, "place", b"cancer")

    during = Vault([NEW, OLD], os.urandom)
    assert during.outdated(wrapped)
    rewrapped = during.rewrap(wrapped, owner="patient:7")
    assert not during.outdated(rewrapped)

    after = Vault([NEW], os.urandom)
    with pytest.raises(UnknownKey):
        after.unwrap(wrapped, owner="patient:7")
    key_after = after.unwrap(rewrapped, owner="patient:7")
    assert opened(after, key_after, sealed) == b"yes"
    assert fingerprint(key_after, "place", b"cancer") == found


def test_a_wrapped_key_altered_anywhere_does_not_unwrap(vault: Vault) -> None:
    _, wrapped = vault.make_key("patient:7")
    for at in range(len(wrapped)):
        with pytest.raises((Tampered, UnknownKey)):
            vault.unwrap(wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :], owner="patient:7")
    for short in (b"", wrapped[:30], wrapped + b"x"):
        with pytest.raises(Tampered):
            vault.unwrap(short, owner="patient:7")


def test_all_randomness_is_handed_in() -> None:
    def made() -> tuple[bytes, bytes]:
        vault = Vault([NEW], random.Random(7).randbytes)
        key, wrapped = vault.make_key("patient:7")
        return wrapped, seal(vault, key, b"yes")

    assert made() == made()


def test_a_key_shows_nothing_of_itself(vault: Vault) -> None:
    key = DataKey(b"secret-secret-secret-secret-secr")
    assert "secret-" not in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_fingerprints_differ_by_key_purpose_and_value(vault: Vault) -> None:
    mine, other = vault.make_key("patient:7")[0], vault.make_key("patient:8")[0]
    made = [
        fingerprint(key, purpose, value)
        for key in (mine, other)
        for purpose in ("place", "code")
        for value in (b"1", b"2")
    ]
    assert len(set(made)) == 8
    assert fingerprint(mine, "place", b"1") == made[0]


def test_a_written_key_reads_back() -> None:
    numbers = count(1)
    first, second = (new_key(lambda size: bytes([next(numbers)] * size)) for _ in range(2))
    assert parse_keys(first) == [b"\1" * 32]
    for written in (
        f"{first},{second}",
        f"{first}\n{second}\n",
        f"# new\n{first}\n  # old\n{second}",
        f"{first}= {second}",
    ):
        assert parse_keys(written) == [b"\1" * 32, b"\2" * 32]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "there is no key"),
        ("# nothing but a remark", "there is no key"),
        ("hunter2hunter2", "key 1 is not a key"),
        ("A" * 43 + " " + "!" * 43, "key 2 is not a key"),
        ("A" * 42, "key 1 is not a key"),
        ("é" * 43, "key 1 is not a key"),
        ("A" * 43 + "," + "A" * 43, "key 2 is there twice"),
    ],
)
def test_what_is_no_key_is_refused_without_being_shown(written: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        parse_keys(written)
    assert "hunter2" not in str(refused.value)
    assert "AAAA" not in str(refused.value)


def test_a_vault_without_a_key_is_none() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Vault([], os.urandom)


def keys(number: int) -> list[DataKey]:
    return [DataKey(bytes([at] * 32)) for at in range(number)]


def test_a_key_made_in_a_transaction_that_never_was_is_forgotten() -> None:
    ring, (key,) = KeyRing(), keys(1)
    ring.put("patient:7", key)
    assert ring.get("patient:7") is key
    ring.rolled_back()
    assert ring.get("patient:7") is None
    ring.put("patient:7", key)
    ring.committed()
    ring.rolled_back()
    assert ring.get("patient:7") is key


def test_a_key_destroyed_in_a_transaction_that_never_was_comes_back() -> None:
    ring, (key,) = KeyRing(), keys(1)
    ring.put("patient:7", key)
    ring.committed()
    ring.drop("patient:7")
    assert ring.get("patient:7") is None
    ring.rolled_back()
    assert ring.get("patient:7") is key
    ring.drop("patient:7")
    ring.committed()
    assert ring.get("patient:7") is None


def test_the_ring_keeps_those_last_used() -> None:
    ring, (first, second, third) = KeyRing(size=2), keys(3)
    ring.put("a", first)
    ring.put("b", second)
    ring.committed()
    ring.get("a")
    ring.put("c", third)
    ring.committed()
    assert [ring.get(owner) for owner in "abc"] == [first, None, third]


def test_what_was_opened_goes_with_its_key_and_with_a_rollback() -> None:
    ring, (key,) = KeyRing(), keys(1)
    ring.put("patient:7", key)
    ring.opened.put("patient:7", {3: ["said"]})
    ring.rolled_back()
    assert ring.opened.get("patient:7") is None
    ring.opened.put("patient:7", {3: ["said"]})
    ring.committed()
    assert ring.opened.get("patient:7") == {3: ["said"]}
    ring.drop("patient:7")
    assert ring.opened.get("patient:7") is None
    ring.committed()
    assert ring.opened.get("patient:7") is None


def test_no_more_is_kept_open_than_there_is_room_for() -> None:
    ring = KeyRing(opened=3)
    for owner in "abc":
        ring.opened.put(owner, {3: ["first"], 4: ["second"]})
        ring.committed()
    assert [ring.opened.get(owner) is None for owner in "abc"] == [True, True, False]
