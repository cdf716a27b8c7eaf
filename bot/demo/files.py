"""The files Telegram keeps: what was sent, under which file_id, and how large a picture is."""

import mimetypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.demo.refusal import bad

MEGABYTE = 1 << 20
LARGEST_PHOTO = 10 * MEGABYTE
LARGEST_DOCUMENT = 50 * MEGABYTE
LARGEST_DOWNLOAD = 20 * MEGABYTE
"""What a bot may upload as a picture, upload as a document, and download
(core.telegram.org/bots/api#sending-files)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in a request or out of a person's hands."""

    name: str
    content: bytes = field(repr=False)
    mime_type: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file Telegram keeps. `path` is what getFile answers; `width` and `height` are 0 unless it is a
    photo."""

    file_id: str
    path: str
    name: str
    mime_type: str
    content: bytes = field(repr=False)
    width: int = 0
    height: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"file_id": self.file_id, "file_unique_id": f"u{self.file_id}", "file_size": len(self.content)}

    def as_document(self) -> dict[str, Any]:
        return self.as_json() | {"file_name": self.name, "mime_type": self.mime_type}

    def as_photo(self) -> list[dict[str, Any]]:
        return [self.as_json() | {"width": self.width, "height": self.height}]


class Files:
    """All files, by file_id and by path."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}

    def keep_document(self, upload: Upload) -> StoredFile:
        """Raises `Refusal` (400) for an empty file and one over 50 MB."""
        return self._keep("documents", upload, LARGEST_DOCUMENT, 0, 0)

    def keep_photo(self, upload: Upload) -> StoredFile:
        """Raises `Refusal` (400) for what is no picture, and for one too large or too long."""
        width, height = picture_size(upload.content) or (0, 0)
        if upload.content and not (width and height):
            raise bad("IMAGE_PROCESS_FAILED")
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        return self._keep("photos", upload, LARGEST_PHOTO, width, height)

    def named(self, file_id: str) -> StoredFile:
        """Raises `Refusal` (400) for an unknown file_id and for an address, which the local Telegram never
        opens."""
        if file_id.startswith(("http://", "https://")):
            raise bad("failed to get HTTP URL content")
        try:
            return self.by_id[file_id]
        except KeyError:
            raise bad("wrong file identifier/HTTP URL specified") from None

    def _keep(self, folder: str, upload: Upload, limit: int, width: int, height: int) -> StoredFile:
        if not upload.content:
            raise bad("file must be non-empty")
        if len(upload.content) > limit:
            raise bad(f"file of size {len(upload.content)} bytes is too big; the maximum size is {limit} bytes")
        number = len(self.by_id)
        name = upload.name or "file"
        ending = name[name.rfind(".") :] if "." in name else ".jpg" if width else ""
        kind = mimetypes.guess_type(name)[0] or upload.mime_type or "application/octet-stream"
        stored = StoredFile(
            file_id=f"{'AgAC' if width else 'BQAC'}AgADBAAD{number:08d}AQ",
            path=f"{folder}/file_{number}{ending}",
            name=name,
            mime_type="image/jpeg" if width and not kind.startswith("image/") else kind,
            content=upload.content,
            width=width,
            height=height,
        )
        self.by_id[stored.file_id] = self.by_path[stored.path] = stored
        return stored


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG or JPEG; nothing where it is neither."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content.startswith(b"\xff\xd8"):
        return next(_jpeg_frames(content), None)
    return None


def _jpeg_frames(content: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            yield width, height
            return
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
