"""Checkpoints of real architecture, small size and random weights, in the files of real ones: the exporter takes them like those.

They prove the numerics of tracing, loading, preprocessing and loops, never the quality of a sound.
"""

from pathlib import Path

from ..settings import apply_settings
from ..staging import staged_folder


def make_narrow(kind: str, out: Path, seed: int, words: list[str]) -> None:
    """Writes the checkpoint folder `out`. The same seed and settings give the same weights with the same versions of the packages."""
    with staged_folder(out) as folder:
        if kind == "audioldm":
            from .audioldm import NarrowAudioLdm, make_audioldm

            make_audioldm(apply_settings(NarrowAudioLdm(), words), seed, folder)
        elif kind == "clap":
            from .clap import NarrowClap, make_clap

            make_clap(apply_settings(NarrowClap(), words), seed, folder)
        else:
            from .wav2vec2 import NarrowWav2Vec2, make_wav2vec2

            make_wav2vec2(apply_settings(NarrowWav2Vec2(), words), seed, folder)
