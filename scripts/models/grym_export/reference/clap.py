"""Embeddings of a sound and of a prompt, L2-normalised."""

from dataclasses import dataclass
from pathlib import Path

import torch

from ..clap import AudioTower, Clap, TextTower
from ..sound import make_sound
from .tensors import ReferenceFolder


@dataclass(frozen=True)
class ClapRun:
    prompt: str = "dark analog bass loop, 120 bpm"
    seconds: float = 3.0
    """At most 10: of longer clips the original takes a crop at random."""


def write_clap(checkpoint: Path, folder: Path, facts: ClapRun, seed: int) -> None:
    clap = Clap(checkpoint)
    out = ReferenceFolder(folder)
    rate = clap.feature_extractor.sampling_rate
    waveform = make_sound(seed, int(facts.seconds * rate), rate)
    features = torch.as_tensor(clap.feature_extractor(waveform, sampling_rate=rate, return_tensors="pt").input_features, dtype=torch.float32)
    encoded = clap.tokenizer(facts.prompt, padding="max_length", max_length=clap.text_length, truncation=True, return_tensors="pt")
    with torch.no_grad():
        audio = AudioTower(clap.model)(features)
        text = TextTower(clap.model)(encoded.input_ids, encoded.attention_mask)
    out.add("waveform", waveform)
    out.add("input_features", features)
    out.add("audio_embeds", torch.nn.functional.normalize(audio, dim=-1))
    out.add("input_ids", encoded.input_ids)
    out.add("attention_mask", encoded.attention_mask)
    out.add("text_embeds", torch.nn.functional.normalize(text, dim=-1))
    out.close({"prompt": facts.prompt, "sampling_rate": rate, "seconds": facts.seconds, "seed": seed, "note": "embeds are L2-normalised"})
