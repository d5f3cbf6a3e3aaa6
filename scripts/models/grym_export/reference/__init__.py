"""What PyTorch makes of one run, tensor by tensor, beside the exported graphs: `npm run parity -- DIR` compares grym-synth with it."""

import shutil
from pathlib import Path

from ..failure import ExportFailure
from ..settings import apply_settings


def write_reference(kind: str, checkpoint: Path, exported: Path, seed: int, words: list[str]) -> None:
    """Writes `exported`/reference anew from the checkpoint that it was exported from."""
    if not exported.is_dir():
        raise ExportFailure(f"{exported} is no folder.")
    from ..export import quieten

    quieten()
    target, scratch = exported / "reference", exported / ".reference.partial"
    shutil.rmtree(scratch, ignore_errors=True)
    if kind == "audioldm":
        from .audioldm import AudioLdmRun, write_audioldm

        write_audioldm(checkpoint, scratch, apply_settings(AudioLdmRun(), words), seed)
    elif kind == "clap":
        from .clap import ClapRun, write_clap

        write_clap(checkpoint, scratch, apply_settings(ClapRun(), words), seed)
    else:
        from .wav2vec2 import Wav2Vec2Run, write_wav2vec2

        write_wav2vec2(checkpoint, scratch, apply_settings(Wav2Vec2Run(), words), seed)
    shutil.rmtree(target, ignore_errors=True)
    scratch.rename(target)
