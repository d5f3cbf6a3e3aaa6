"""A folder appears whole or not at all: it is written beside its place under another name, and renamed at the end."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .failure import ExportFailure


def _sync(folder: Path) -> None:
    """What was renamed into place must be on the disk before its name is."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _ending_unwinds() -> Iterator[None]:
    """SIGTERM unwinds the stack like Ctrl-C, so that the temporary folder goes."""

    def end(signal_number: int, _frame: object) -> None:
        raise SystemExit(128 + signal_number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """Gives a temporary folder beside `target`; renames it to `target` where the block ends well, removes it where it does not.

    Raises ExportFailure where `target` exists: nothing is ever written over. After SIGKILL a folder ".NAME.partial-…" is left, never `target`.
    """
    target = target.absolute()
    if target.exists() or target.is_symlink():
        raise ExportFailure(f"{target} exists already. Choose another folder, or move that one away.")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.partial-"))
    with _ending_unwinds():
        try:
            folder.chmod(0o755)
            yield folder
            _sync(folder)
            folder.rename(target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
