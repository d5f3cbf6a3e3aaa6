"""A narrow AudioLDM; with `geometry` one of the real sizes, to measure what an export of them takes."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..failure import ExportFailure
from ..graphs import round_to_half
from .tokenizer import write_tokenizer_files
from .weights import redraw, scale_output


@dataclass(frozen=True)
class NarrowAudioLdm:
    unet_channels: tuple[int, ...] = (16, 24, 32, 40)
    unet_layers: int = 1
    unet_heads: int = 2
    vae_channels: tuple[int, ...] = (16, 24, 32)
    vae_layers: int = 1
    vocoder_channels: int = 32
    groups: int = 8
    embedding: int = 32
    text_width: int = 32
    text_layers: int = 2
    text_heads: int = 2
    vocabulary: int = 600
    text_length: int = 77
    scaling_factor: float = 0.9227914214134216
    half: bool = False
    """Large weights are what half precision can hold, so that an export with --weights float16 loses nothing."""
    geometry: str = "narrow"
    """Or "s-full-v2", "l-full": widths and depths of that checkpoint; only scaling_factor is still heeded."""


_REAL = {"unet_layers": 2, "unet_heads": 8, "vae_channels": (128, 256, 512), "vae_layers": 2, "vocoder_channels": 1024, "groups": 32}
_REAL_TEXT = {"embedding": 512, "text_width": 768, "text_layers": 12, "text_heads": 12, "vocabulary": 50265, "text_length": 512}
_GEOMETRIES = {
    "s-full-v2": {**_REAL, **_REAL_TEXT, "unet_channels": (128, 256, 384, 640)},
    "l-full": {**_REAL, **_REAL_TEXT, "unet_channels": (256, 512, 768, 1280)},
}


def _with_geometry(shape: NarrowAudioLdm) -> NarrowAudioLdm:
    if shape.geometry == "narrow":
        return shape
    if shape.geometry not in _GEOMETRIES:
        raise ExportFailure(f"There is no geometry {shape.geometry}; there are narrow, {', '.join(_GEOMETRIES)}.")
    return dataclasses.replace(shape, **_GEOMETRIES[shape.geometry])


def _text_encoder(shape: NarrowAudioLdm, seed: int) -> Any:
    from transformers import ClapTextConfig, ClapTextModelWithProjection

    config = ClapTextConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.text_width,
        num_hidden_layers=shape.text_layers,
        num_attention_heads=shape.text_heads,
        intermediate_size=shape.text_width * (4 if shape.geometry != "narrow" else 2),
        projection_dim=shape.embedding,
    )
    model = ClapTextModelWithProjection(config).eval()
    redraw(model, seed)
    return model


def _unet(shape: NarrowAudioLdm, seed: int) -> Any:
    from diffusers import UNet2DConditionModel

    model = UNet2DConditionModel(
        sample_size=128,
        in_channels=8,
        out_channels=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=tuple(shape.unet_channels),
        layers_per_block=shape.unet_layers,
        norm_num_groups=shape.groups,
        # Without text states every cross-attention attends to the sample itself, so that its width is the block's.
        cross_attention_dim=tuple(shape.unet_channels),
        attention_head_dim=shape.unet_heads,
        class_embed_type="simple_projection",
        projection_class_embeddings_input_dim=shape.embedding,
        class_embeddings_concat=True,
    ).eval()
    redraw(model, seed)
    sample = torch.randn(1, 8, 33, 16, generator=torch.Generator().manual_seed(seed))
    labels = torch.full((1, shape.embedding), shape.embedding**-0.5)
    scale_output(model.conv_out, 0.5, lambda: model(sample, torch.tensor([501]), encoder_hidden_states=None, class_labels=labels))
    return model


def _vae(shape: NarrowAudioLdm, seed: int) -> Any:
    from diffusers import AutoencoderKL

    blocks = len(shape.vae_channels)
    model = AutoencoderKL(
        in_channels=1,
        out_channels=1,
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks,
        block_out_channels=tuple(shape.vae_channels),
        layers_per_block=shape.vae_layers,
        latent_channels=8,
        norm_num_groups=shape.groups,
        scaling_factor=shape.scaling_factor,
    ).eval()
    redraw(model, seed)
    latents = torch.randn(1, 8, 21, 16, generator=torch.Generator().manual_seed(seed))
    scale_output(model.decoder.conv_out, 1.0, lambda: model.decode(latents))
    return model


def _vocoder(shape: NarrowAudioLdm, seed: int) -> Any:
    from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

    config = SpeechT5HifiGanConfig(
        model_in_dim=64,
        sampling_rate=16_000,
        upsample_initial_channel=shape.vocoder_channels,
        upsample_rates=[5, 4, 2, 2, 2],
        upsample_kernel_sizes=[16, 16, 8, 4, 4],
        normalize_before=False,
    )
    model = SpeechT5HifiGan(config).eval()
    redraw(model, seed)
    mel = torch.randn(1, 84, 64, generator=torch.Generator().manual_seed(seed))
    # Before the tanh: most samples must lie where it is not flat.
    scale_output(model.conv_post, 0.3, lambda: model(mel))
    return model


def make_audioldm(shape: NarrowAudioLdm, seed: int, folder: Path) -> None:
    from diffusers import AudioLDMPipeline, DDIMScheduler
    from transformers import RobertaTokenizer

    shape = _with_geometry(shape)
    write_tokenizer_files(folder / "tokenizer", seed, min(shape.vocabulary, 600), shape.text_length)
    torch.manual_seed(seed)
    pipeline = AudioLDMPipeline(
        vae=_vae(shape, seed + 2),
        text_encoder=_text_encoder(shape, seed),
        tokenizer=RobertaTokenizer.from_pretrained(str(folder / "tokenizer")),
        unet=_unet(shape, seed + 1),
        # As in every cvssp/audioldm-* checkpoint.
        scheduler=DDIMScheduler(beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1),
        vocoder=_vocoder(shape, seed + 3),
    )
    if shape.half:
        for part in (pipeline.text_encoder, pipeline.unet, pipeline.vae, pipeline.vocoder):
            round_to_half(part)
    pipeline.save_pretrained(str(folder))
