"""Encryption of what patients say: a data key per owner, wrapped by the practice's key from outside the database.

Sealed:  version (1 byte) | nonce (12) | AES-256-GCM of the padded plaintext | tag (16)
Wrapped: version (1 byte) | id of the practice key (8) | nonce (12) | AES-256-GCM of the data key (32) | tag (16)

Nonces are random: NIST SP 800-38D (8.3) allows 2**32 sealings per key, far beyond what one owner will ever see.
Whoever destroys the wrapped form of an owner's key has erased everything sealed with it.
"""

import base64
import hmac
from collections.abc import Callable, Hashable, Mapping, Sequence, Sized
from typing import Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Entropy = Callable[[int], bytes]
"""Answers with so many random bytes; the operating system's (`os.urandom`) in every live run."""

KEY_BYTES = 32

_VERSION = b"\x01"
_KEY_ID_BYTES = 8
KEY_ID = slice(1, 1 + _KEY_ID_BYTES)
"""Where the id of the practice key stands in a wrapped data key."""

_NONCE_BYTES = 12
_SECRET_BYTES = 18
_TAG_BYTES = 16
_WRAPPED_BYTES = 1 + _KEY_ID_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES

_SMALLEST = 256
_LARGEST_DOUBLED = 8192


class Tampered(Exception):
    """A sealed value does not open here: it was altered, moved from another place, or is an older revision."""


class UnknownKey(Exception):
    """A data key was wrapped by a practice key that this vault was not given."""


class DataKey:
    """One owner's key, ready for use. Nothing of it can be printed; two are never compared."""

    __slots__ = ("_cipher", "_purposes", "_secret")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._cipher = AESGCM(secret)
        self._purposes: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return "DataKey(...)"

    def __reduce__(self) -> str:
        raise TypeError("a data key is never written out")


class Vault:
    """Seals and opens. For any number of threads."""

    def __init__(self, keys: Sequence[bytes], entropy: Entropy) -> None:
        """`keys`: the practice's keys of 32 bytes, newest first, as `parse_keys` reads them. Raises ValueError."""
        if not keys:
            raise ValueError("the vault needs a key")
        self._entropy = entropy
        self._practice_keys = {_key_id(key): AESGCM(key) for key in keys}
        self._newest = _key_id(keys[0])

    def first_revision(self) -> int:
        """A number to count a row's revisions from, 1 to 2**24."""
        return 1 + int.from_bytes(self._entropy(3), "big")

    def secret(self) -> str:
        """144 random bits as 24 letters, digits, - and _: for an address nobody can guess."""
        return base64.urlsafe_b64encode(self._entropy(_SECRET_BYTES)).decode()

    def make_key(self, owner: str) -> tuple[DataKey, bytes]:
        """A new data key for `owner` ('patient:7'), and its wrapped form for the database."""
        secret = self._entropy(KEY_BYTES)
        return DataKey(secret), self._wrap(secret, owner)

    def unwrap(self, wrapped: bytes, *, owner: str) -> DataKey:
        """The data key of `owner`. Raises UnknownKey, or Tampered where it is not this owner's."""
        return DataKey(self._unwrap(wrapped, owner))

    def rewrap(self, wrapped: bytes, *, owner: str) -> bytes:
        """The same data key wrapped by the newest practice key; what is sealed with it stays as it is.

        Raises UnknownKey and Tampered. Needed only where `outdated`.
        """
        return self._wrap(self._unwrap(wrapped, owner), owner)

    def outdated(self, wrapped: bytes) -> bool:
        """Whether a data key is wrapped by another practice key than the newest."""
        return wrapped[KEY_ID] != self._newest

    @property
    def newest(self) -> bytes:
        """The id of the newest practice key, as it stands in what it wraps (`KEY_ID`)."""
        return self._newest

    def seal(
        self, key: DataKey, plaintext: bytes, *, table: str, row: str | int, revision: int, owner: str, field: str
    ) -> bytes:
        """Seals one value for one place; it opens only there, at that revision. Its length is hidden (`padded`)."""
        nonce = self._entropy(_NONCE_BYTES)
        place = _bound(table, row, revision, owner, field)
        return _VERSION + nonce + key._cipher.encrypt(nonce, padded(plaintext), place)

    def open(
        self, key: DataKey, sealed: bytes, *, table: str, row: str | int, revision: int, owner: str, field: str
    ) -> bytes:
        """What was sealed. Raises Tampered, naming the place and nothing of the content."""
        place = _bound(table, row, revision, owner, field)
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return unpadded(key._cipher.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place))
        except (InvalidTag, ValueError):
            raise Tampered(f"{table}.{field} of row {row} does not open: it, or its place, was altered") from None

    def _wrap(self, secret: bytes, owner: str) -> bytes:
        nonce = self._entropy(_NONCE_BYTES)
        cipher = self._practice_keys[self._newest]
        return _VERSION + self._newest + nonce + cipher.encrypt(nonce, secret, _bound("data key", owner))

    def _unwrap(self, wrapped: bytes, owner: str) -> bytes:
        if len(wrapped) != _WRAPPED_BYTES or wrapped[:1] != _VERSION:
            raise Tampered(f"the data key of {owner} does not open: it was altered")
        key_id = wrapped[KEY_ID]
        cipher = self._practice_keys.get(key_id)
        if cipher is None:
            raise UnknownKey(
                f"the data key of {owner} was wrapped by key {key_id.hex()}, which is not among those given"
            )
        nonce_at = 1 + _KEY_ID_BYTES
        secret_at = nonce_at + _NONCE_BYTES
        try:
            return cipher.decrypt(wrapped[nonce_at:secret_at], wrapped[secret_at:], _bound("data key", owner))
        except InvalidTag:
            raise Tampered(f"the data key of {owner} does not open: it, or its owner, was altered") from None


V = TypeVar("V")


class AtHand(Generic[V]):
    """Something of each owner, the last used kept (least recently used first out); for one thread.

    What a transaction puts in counts within it, and for others only once it committed.
    """

    def __init__(self, size: int, weight: Callable[[V], int] = lambda value: 1) -> None:
        """`size`: how much is kept, each weighing its `weight`."""
        self._size = size
        self._weight = weight
        self._weighs = 0
        self._kept: dict[str, V] = {}
        self._pending: dict[str, V | None] = {}

    def get(self, owner: str) -> V | None:
        """What is at hand of `owner`."""
        if owner in self._pending:
            return self._pending[owner]
        value = self._kept.pop(owner, None)
        if value is not None:
            self._kept[owner] = value
        return value

    def put(self, owner: str, value: V) -> None:
        """Read or made in this transaction."""
        self._pending[owner] = value

    def drop(self, owner: str) -> None:
        """Destroyed in this transaction."""
        self._pending[owner] = None

    def committed(self) -> None:
        """The transaction stands: keep what it put in, forget what it dropped."""
        for owner, value in self._pending.items():
            self._forget(owner)
            if value is not None:
                self._kept[owner] = value
                self._weighs += self._weight(value)
        self._pending.clear()
        while self._weighs > self._size:
            self._forget(next(iter(self._kept)))

    def rolled_back(self) -> None:
        """The transaction never was: nor was what it put in or dropped."""
        self._pending.clear()

    def _forget(self, owner: str) -> None:
        value = self._kept.pop(owner, None)
        if value is not None:
            self._weighs -= self._weight(value)


Opened = Mapping[Hashable, Sized]
"""What sealed values turned out to say, by what they were read of. Never changed once kept."""


class KeyRing(AtHand[DataKey]):
    """Data keys at hand: one made in a transaction that rolled back must never seal anything again.

    With them what they opened last (`opened`), under the same rules; where a key is dropped, that goes too.
    """

    def __init__(self, size: int = 4096, opened: int = 16384) -> None:
        """`size`: how many keys are kept, about 0.5 kB each; `opened`: how many opened values, about 1 kB each."""
        super().__init__(size)
        self.opened: AtHand[Opened] = AtHand(opened, lambda held: sum(map(len, held.values())))

    def drop(self, owner: str) -> None:
        super().drop(owner)
        self.opened.drop(owner)

    def committed(self) -> None:
        super().committed()
        self.opened.committed()

    def rolled_back(self) -> None:
        super().rolled_back()
        self.opened.rolled_back()


def fingerprint(key: DataKey, purpose: str, value: bytes) -> bytes:
    """32 bytes to find `value` by without keeping it: the same for the same key, purpose and value, else unrelated.

    HMAC-SHA256 by a key of its own per purpose, derived as HKDF-Expand (RFC 5869) of one block does. The data key
    outlives a rotation of the practice's key, and so do the fingerprints.
    """
    derived = key._purposes.get(purpose)
    if derived is None:
        derived = hmac.digest(key._secret, f"acuback fingerprint {purpose}\x01".encode(), "sha256")
        key._purposes[purpose] = derived
    return hmac.digest(derived, value, "sha256")


def padded(plaintext: bytes) -> bytes:
    """`plaintext`, one byte 0x80 and zeros (ISO/IEC 7816-4) up to a length that tells little.

    Every coded answer, name or phone is of one length (256 bytes); texts up to 8 KiB come in powers of two, since
    a yes may make the text around it longer; files above follow Padmé, which costs at most 12 % (Nikitin et al.,
    "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019(4), section 4).
    """
    return (plaintext + b"\x80").ljust(_bucket(len(plaintext) + 1), b"\0")


def unpadded(padded_text: bytes) -> bytes:
    """The text that `padded` was given. Raises ValueError for anything else."""
    text = padded_text.rstrip(b"\0")
    if not text.endswith(b"\x80"):
        raise ValueError("this was never padded")
    return text[:-1]


def new_key(entropy: Entropy) -> str:
    """A new practice key in writing, for ACUBACK_KEY."""
    return base64.urlsafe_b64encode(entropy(KEY_BYTES)).decode().rstrip("=")


def parse_keys(text: str) -> list[bytes]:
    """The practice's keys as written by `new_key`, newest first, set apart by spaces, commas or lines.

    A line that begins with # is a remark. Raises ValueError with one sentence that shows nothing of a key.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    written = " ".join(lines).replace(",", " ").split()
    if not written:
        raise ValueError("there is no key in it: make one with `acuback key`")
    keys: list[bytes] = []
    for number, word in enumerate(written, 1):
        try:
            key = base64.b64decode(word.rstrip("=") + "=", altchars=b"-_", validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(f"key {number} is not a key made by `acuback key`: 43 letters, digits, - and _")
        if key in keys:
            raise ValueError(f"key {number} is there twice")
        keys.append(key)
    return keys


def _bucket(length: int) -> int:
    if length <= _SMALLEST:
        return _SMALLEST
    if length <= _LARGEST_DOUBLED:
        return 1 << (length - 1).bit_length()
    exponent = length.bit_length() - 1
    step = (1 << (exponent - exponent.bit_length())) - 1
    return (length + step) & ~step


def _bound(*parts: str | int) -> bytes:
    """The parts as one byte string that no other parts make: each behind its length, as in a netstring."""
    return "".join([f"{len(text)}:{text}" for text in map(str, parts)]).encode()


def _key_id(key: bytes) -> bytes:
    return hmac.digest(key, b"acuback key id", "sha256")[:_KEY_ID_BYTES]
