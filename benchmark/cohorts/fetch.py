"""Finding the source files of a cohort: sources folder, installed package, mirror folder, and last the network."""

import contextlib
import hashlib
import importlib.util
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from benchmark.cohorts.manifest import SourceFile, alternatives, list_cohorts, load_source
from benchmark.errors import InputError, NotPresentError

Origin = Literal["sources", "package", "mirror", "download"]
MIRROR = "BENCH_MIRROR"
REPLICA = "bench --data replica … (in the pipeline: dvc exp run -S data=replica)"


@dataclass(frozen=True)
class Located:
    """A source file whose bytes were checked: where it is, its sha256, and how it was found."""

    path: Path
    sha256: str
    origin: Origin


def mirror_folder() -> Path | None:
    """The folder that ``BENCH_MIRROR`` names, or ``None``.

    Raises:
        InputError: it is set to something that is not a folder.
    """
    text = os.environ.get(MIRROR)
    if not text:
        return None
    if not (folder := Path(text).expanduser()).is_dir():
        raise InputError(f"{MIRROR}={text}: not a folder; set it to a folder that holds the source files, or unset it")
    return folder


def locate(file: SourceFile, folder: Path, mirror: Path | None) -> Located | None:
    """``file`` without network, or ``None``; a file whose bytes differ from the manifest's never counts.

    Args:
        file: the manifest entry.
        folder: the cohort's sources folder.
        mirror: searched recursively, by content (by name where the manifest knows no digest).
    """
    if (sha256 := _intact(file, folder / file.name)) is not None:
        return Located(folder / file.name, sha256, "sources")
    for origin, path in _elsewhere(file, mirror):
        if (sha256 := _digest_if(file, path)) is not None:
            return Located(path, sha256, origin)
    return None


def locate_all(files: Sequence[SourceFile], folder: Path) -> dict[str, Located]:
    """One file of every group of alternatives, without network, by name.

    Raises:
        NotPresentError: something is missing; the message says how to get it.
    """
    mirror, found = mirror_folder(), {}
    for group in alternatives(files).values():
        if (at_hand := _at_hand(group, folder, mirror)) is None:
            raise _missing(group, folder, mirror)
        found[at_hand[0].name] = at_hand[1]
    return found


def fetch_all(files: Sequence[SourceFile], folder: Path, retries: int = 1, progress: bool = True) -> dict[str, Located]:
    """Like :func:`locate_all`, but what is missing is downloaded (the first of its alternatives) and checked.

    Raises:
        NotPresentError: the network or the address does not answer.
        InputError: the downloaded bytes are not the manifest's, or the disk refuses them.
    """
    mirror, found = mirror_folder(), {}
    for group in alternatives(files).values():
        at_hand = _at_hand(group, folder, mirror)
        file = at_hand[0] if at_hand else group[0]
        found[file.name] = at_hand[1] if at_hand else download(file, folder, retries, progress)
    return found


def _at_hand(group: Sequence[SourceFile], folder: Path, mirror: Path | None) -> tuple[SourceFile, Located] | None:
    # files of known digest first: one that is only known by name may hold anything
    for file in sorted(group, key=lambda item: item.sha256 is None):
        if (located := locate(file, folder, mirror)) is not None:
            return file, located
    return None


def download(file: SourceFile, folder: Path, retries: int = 1, progress: bool = True) -> Located:
    """Download ``file`` into ``folder``; it gets its name only when complete and, where known, of the right digest."""
    import pooch  # kept out of the module: it takes its time to import, and most commands never download
    from requests.exceptions import RequestException

    if file.mirror_only:
        raise NotPresentError(
            f"{file.name}: has no public address ({file.address}); set {MIRROR} to a folder that holds it, or take the replica: {REPLICA}"
        )
    pooch.get_logger().setLevel(logging.ERROR)  # one line of ours says what went wrong
    known = f"sha256:{file.sha256}" if file.sha256 else None
    basket = pooch.create(folder, base_url="", registry={file.name: known}, urls={file.name: file.address}, retry_if_failed=retries)
    host = urlsplit(file.address).hostname
    try:
        for stale in (folder / file.name, _record(folder / file.name)):
            stale.unlink(missing_ok=True)
        basket.fetch(file.name, downloader=pooch.HTTPDownloader(progressbar=progress, timeout=30))
    except RequestException as error:
        reason = type(error).__name__
        raise NotPresentError(
            f"{file.name}: cannot be downloaded from {host} ({reason}); set {MIRROR} to a folder that holds it, or take the replica: {REPLICA}"
        ) from error
    except ValueError as error:
        raise InputError(
            f"{file.name}: the bytes that {host} sent are not the manifest's (sha256 {str(file.sha256)[:12]}…), nothing was kept; try again later or set {MIRROR}"
        ) from error
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror or error}); free some space or choose a writable --root") from error
    sha256 = _intact(file, folder / file.name)
    if sha256 is None:
        raise InputError(f"{folder / file.name}: vanished or changed while it was downloaded; run the command again")
    return Located(folder / file.name, sha256, "download")


@lru_cache(maxsize=1)
def _known_elsewhere() -> frozenset[str]:
    """The digests of every cohort's files: others have files of the same name (splits_0.csv)."""
    return frozenset(file.sha256 for name in list_cohorts() for file in load_source(name).SOURCES if file.sha256)


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _intact(file: SourceFile, path: Path) -> str | None:
    """The digest of a file in the sources folder if it is the manifest's, or the one recorded when it first came."""
    digest = _digest_if(file, path)
    if digest is None or file.sha256 is not None:
        return digest
    record = _record(path)
    if record.is_file():
        return digest if record.read_text(encoding="utf-8").strip() == digest else None
    with contextlib.suppress(OSError):  # a read-only folder: the digest is then recorded in the built cohort only
        record.write_text(digest + "\n", encoding="utf-8")
    return digest


def _record(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _digest_if(file: SourceFile, path: Path) -> str | None:
    """The file's digest if its size and digest are those of the manifest; the size first, it costs nothing."""
    try:
        if not path.is_file() or (file.bytes is not None and path.stat().st_size != file.bytes):
            return None
        digest = sha256_of(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check its permissions") from error
    return digest if file.sha256 in (None, digest) else None


def _elsewhere(file: SourceFile, mirror: Path | None) -> Iterator[tuple[Origin, Path]]:
    if file.packaged:
        spec = importlib.util.find_spec(file.packaged[0])
        if spec is not None and spec.origin:
            yield "package", Path(spec.origin).parent / file.packaged[1]
    if mirror is not None:
        paths: Iterable[Path] = mirror.rglob("*") if file.sha256 else mirror.rglob(file.name)
        yield from (("mirror", path) for path in sorted(paths))


def _missing(group: Sequence[SourceFile], folder: Path, mirror: Path | None) -> InputError:
    """What to say of files that cannot be had: not here, or here with other bytes, which is no reason to go on with a replica."""
    for file in group:
        for path in [folder / file.name, *(sorted(mirror.rglob(file.name)) if mirror else [])]:
            if file.sha256 and path.is_file() and (found := sha256_of(path)) not in _known_elsewhere():
                return InputError(
                    f"{path}: has the wrong bytes (sha256 {found[:12]}…, published {file.sha256[:12]}…); replace it, or delete it and run 'bench data fetch {folder.name}'"
                )
    names = " or ".join(file.name for file in group)
    state = f"is not in {folder}" + (f", nor in {MIRROR}={mirror}" if mirror else "")
    return NotPresentError(
        f"{names} {state}; run 'bench data fetch {folder.name}' with network, set {MIRROR} to a folder that holds it, or take the replica: {REPLICA}"
    )
