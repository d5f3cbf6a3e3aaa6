"""Hidden states, logits and CTC text of a sound."""

import json
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch

from ..sound import make_sound
from ..wav2vec2 import Checkpoint, Wav2Vec2
from .tensors import ReferenceFolder


@dataclass(frozen=True)
class Wav2Vec2Run:
    samples: int = 32_000


_SPECIAL = ("<pad>", "<s>", "</s>", "<unk>")


def _text(ids: list[int], vocabulary: dict[str, int]) -> str:
    """Collapse what repeats, then drop the blank (the padding) and other special tokens; "|" is a space."""
    letters = {number: letter for letter, number in vocabulary.items()}
    return "".join(letters[number] for number, _ in groupby(ids) if letters[number] not in _SPECIAL).replace("|", " ")


def write_wav2vec2(checkpoint: Path, folder: Path, facts: Wav2Vec2Run, seed: int) -> None:
    from transformers import Wav2Vec2FeatureExtractor

    loaded = Checkpoint(checkpoint)
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(str(checkpoint))
    out = ReferenceFolder(folder)
    waveform = make_sound(seed, facts.samples, extractor.sampling_rate)
    values = extractor(waveform, sampling_rate=extractor.sampling_rate, return_tensors="pt")
    mask = values.attention_mask.long() if loaded.takes_mask else None
    with torch.no_grad():
        logits, hidden = Wav2Vec2(loaded.model, True)(values.input_values, mask)
    ids = logits[0].argmax(-1)
    vocabulary = json.loads((checkpoint / "vocab.json").read_text(encoding="utf-8"))
    out.add("waveform", waveform)
    out.add("input_values", values.input_values)
    if mask is not None:
        out.add("attention_mask", mask)
    out.add("last_hidden_state", hidden)
    out.add("logits", logits)
    out.add("embedding", torch.nn.functional.normalize(hidden.mean(1), dim=-1))
    out.add("ctc_ids", ids)
    note = (
        "waveform is the raw input; input_values is it after zero-mean unit-variance normalisation; "
        "embedding is the mean of the last hidden state over time, then L2-normalised"
    )
    text = _text(ids.tolist(), vocabulary)
    out.close({"sampling_rate": extractor.sampling_rate, "seed": seed, "note": note, "ctc_text": text})
