"""Which files are taken: the content decides, and the ending of the name must agree with it."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import filetype

HEAD = 8192
MOST_MEMBERS = 10_000
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f"))
OFFICE = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True)
class Kind:
    """A kind of file: its media type, and how its content is recognised."""

    media_type: str
    recognises: Callable[[Path], bool]


def _magic(extension: str) -> Callable[[Path], bool]:
    def recognises(path: Path) -> bool:
        with path.open("rb") as file:
            return bool(filetype.guess_extension(file.read(HEAD)) == extension)

    return recognises


def _office(folder: str) -> Callable[[Path], bool]:
    """A zip archive of an Office document without macros."""

    def recognises(path: Path) -> bool:
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError):
            return False
        whole = "[Content_Types].xml" in names and any(name.startswith(f"{folder}/") for name in names)
        return whole and len(names) <= MOST_MEMBERS and not any(name.lower().endswith("vbaproject.bin") for name in names)

    return recognises


def _text(path: Path) -> bool:
    """Text in UTF-8 or GB 18030, without control characters."""
    content = path.read_bytes()
    if len(content.translate(None, CONTROL)) < len(content):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


KINDS = {
    "pdf": Kind("application/pdf", _magic("pdf")),
    "png": Kind("image/png", _magic("png")),
    "jpg": Kind("image/jpeg", _magic("jpg")),
    "jpeg": Kind("image/jpeg", _magic("jpg")),
    "webp": Kind("image/webp", _magic("webp")),
    "docx": Kind(f"{OFFICE}.wordprocessingml.document", _office("word")),
    "xlsx": Kind(f"{OFFICE}.spreadsheetml.sheet", _office("xl")),
    "pptx": Kind(f"{OFFICE}.presentationml.presentation", _office("ppt")),
    "txt": Kind("text/plain", _text),
    "csv": Kind("text/csv", _text),
    "md": Kind("text/markdown", _text),
}


def recognise(name: str, path: Path) -> Kind | None:
    """The kind of the file at `path` if its content agrees with the ending of `name`; None for anything else."""
    kind = KINDS.get(Path(name).suffix.lower().removeprefix("."))
    return kind if kind is not None and kind.recognises(path) else None
