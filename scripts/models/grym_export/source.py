"""Where a checkpoint comes from: a folder, or a repository of the Hugging Face hub at one commit."""

from dataclasses import dataclass
from pathlib import Path

from .failure import ExportFailure


@dataclass(frozen=True)
class Checkpoint:
    name: str
    """As the user said it, without the folders above it where it is a folder: a manifest tells nothing about the machine."""
    revision: str | None
    """Commit of the repository; None for a folder."""
    folder: Path


def _patterns(files: list[str]) -> list[str]:
    """Configurations, vocabularies and one form of the weights: safetensors where every part has them."""
    weights = [file for file in files if file.endswith((".safetensors", ".bin")) and "training" not in file]

    def parts(extension: str) -> set[str]:
        return {file.rpartition("/")[0] for file in weights if file.endswith(extension)}

    chosen = ".safetensors" if parts(".safetensors") >= parts(".bin") else ".bin"
    return [file for file in files if file.endswith((".json", ".txt")) or (file in weights and file.endswith(chosen))]


def _from_hub(name: str, revision: str | None) -> Checkpoint:
    import huggingface_hub

    try:
        info = huggingface_hub.HfApi().model_info(name, revision=revision)
        files = [sibling.rfilename for sibling in info.siblings or []]
        folder = huggingface_hub.snapshot_download(name, revision=info.sha, allow_patterns=_patterns(files))
    except Exception as error:  # the hub's library raises its own errors and those of its HTTP client
        raise ExportFailure(f"{name} could not be fetched from the hub: {error}") from error
    return Checkpoint(name, info.sha, Path(folder))


def find_checkpoint(source: str, revision: str | None) -> Checkpoint:
    """A folder of that name wins over a repository. Fetching resumes where it was broken off; the hub's library checks what it fetched."""
    folder = Path(source)
    if folder.is_dir():
        if revision is not None:
            raise ExportFailure(f"{source} is a folder and has no revisions. Leave --revision out.")
        return Checkpoint(folder.absolute().name, None, folder)
    if source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise ExportFailure(f"{source} is neither a folder nor the name of a repository (owner/name).")
    return _from_hub(source, revision)
