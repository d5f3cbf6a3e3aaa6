"""A narrow CLAP of the unfused HTSAT kind."""

from dataclasses import dataclass
from pathlib import Path

import torch

from .tokenizer import write_tokenizer_files
from .weights import redraw


@dataclass(frozen=True)
class NarrowClap:
    embedding: int = 32
    text_width: int = 32
    text_layers: int = 2
    audio_width: int = 16
    depths: tuple[int, ...] = (1, 1, 1, 1)
    heads: tuple[int, ...] = (2, 2, 4, 4)
    vocabulary: int = 600
    text_length: int = 77


def make_clap(shape: NarrowClap, seed: int, folder: Path) -> None:
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.manual_seed(seed)
    config = ClapConfig(
        projection_dim=shape.embedding,
        text_config={
            "vocab_size": shape.vocabulary,
            "hidden_size": shape.text_width,
            "num_hidden_layers": shape.text_layers,
            "num_attention_heads": 2,
            "intermediate_size": 2 * shape.text_width,
            "projection_dim": shape.embedding,
        },
        audio_config={
            "patch_embeds_hidden_size": shape.audio_width,
            "hidden_size": shape.audio_width * 2 ** (len(shape.depths) - 1),
            "depths": list(shape.depths),
            "num_attention_heads": list(shape.heads),
            "num_hidden_layers": len(shape.depths),
            "num_classes": 10,
            "enable_fusion": False,
            "projection_dim": shape.embedding,
        },
    )
    model = ClapModel(config).eval()
    redraw(model, seed)
    with torch.no_grad():
        # Decibels of music: without these the first norm would pass numbers of fifty on to layers that expect ones.
        model.audio_model.audio_encoder.batch_norm.running_mean.fill_(-30)
        model.audio_model.audio_encoder.batch_norm.running_var.fill_(400)
    model.save_pretrained(str(folder))
    ClapFeatureExtractor(frequency_min=50, frequency_max=14_000, truncation="rand_trunc", padding="repeatpad").save_pretrained(str(folder))
    write_tokenizer_files(folder, seed, shape.vocabulary, shape.text_length)
