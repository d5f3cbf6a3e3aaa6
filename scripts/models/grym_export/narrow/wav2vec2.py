"""A narrow wav2vec2 with a CTC head and the real stack of convolutions."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from .weights import redraw

_LETTERS = "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split()


@dataclass(frozen=True)
class NarrowWav2Vec2:
    norm: str = "group"
    """Or "layer": layer norm in the convolutions and before each block, as in the large models; takes an attention mask."""
    channels: int = 32
    width: int = 48
    layers: int = 3
    heads: int = 4


def make_wav2vec2(shape: NarrowWav2Vec2, seed: int, folder: Path) -> None:
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

    torch.manual_seed(seed)
    layer_norm = shape.norm == "layer"
    config = Wav2Vec2Config(
        vocab_size=len(_LETTERS),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=2 * shape.width,
        conv_dim=(shape.channels,) * 7,
        feat_extract_norm=shape.norm,
        do_stable_layer_norm=layer_norm,
        conv_bias=layer_norm,
        num_conv_pos_embeddings=32,
        num_conv_pos_embedding_groups=4,
    )
    model = Wav2Vec2ForCTC(config).eval()
    redraw(model, seed)
    model.save_pretrained(str(folder))
    extractor = Wav2Vec2FeatureExtractor(
        feature_size=1, sampling_rate=16_000, padding_value=0.0, do_normalize=True, return_attention_mask=layer_norm
    )
    extractor.save_pretrained(str(folder))
    (folder / "vocab.json").write_text(json.dumps({letter: number for number, letter in enumerate(_LETTERS)}) + "\n", encoding="utf-8")
    tokens = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "word_delimiter_token": "|"}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "Wav2Vec2CTCTokenizer", **tokens, "do_lower_case": False}, indent=2) + "\n", encoding="utf-8"
    )
