"""grym-export.json: where a model came from, what made it, how far its graphs are from PyTorch, and the hash of every file."""

import hashlib
import json
from pathlib import Path
from typing import Any

from .failure import ExportFailure
from .layout import LAYOUTS, MANIFEST, missing_files

FORMAT = 1
_CHUNK_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """Of the file's content, in lower-case hexadecimal; read in pieces, since graphs are larger than memory should be."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def describe_files(folder: Path) -> list[dict[str, Any]]:
    """Path, size and hash of every file but the manifest, sorted by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).as_posix() != MANIFEST)
    return [{"path": path.relative_to(folder).as_posix(), "sizeBytes": path.stat().st_size, "sha256": sha256_of(path)} for path in paths]


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """Last of all: it names every file that is there by then."""
    manifest = {"format": FORMAT, **facts, "files": describe_files(folder)}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExportFailure(f"{path} is missing: the folder was not made by this exporter.") from None
    except ValueError as error:
        raise ExportFailure(f"{path} is no JSON: {error}.") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or manifest.get("kind") not in LAYOUTS or not isinstance(manifest.get("files"), list):
        raise ExportFailure(f"{path} is no manifest of format {FORMAT}.")
    return manifest


def problems_of(folder: Path) -> list[str]:
    """What differs between the folder and its manifest, one sentence each; empty where nothing does.

    Files that the manifest does not name are no problem unless they lie where graphs lie: reference tensors and notes may be added.
    """
    manifest = read_manifest(folder)
    problems = [f"{path} is missing" for path in missing_files(folder, manifest["kind"])]
    for entry in manifest["files"]:
        path = folder / entry["path"]
        if not path.is_file():
            if f"{entry['path']} is missing" not in problems:
                problems.append(f"{entry['path']} is missing")
        elif path.stat().st_size != entry["sizeBytes"]:
            problems.append(f"{entry['path']} has {path.stat().st_size} bytes; the manifest says {entry['sizeBytes']}")
        elif sha256_of(path) != entry["sha256"]:
            problems.append(f"{entry['path']} has another content than the manifest says")
    return problems
