"""AudioLDM's five networks as graphs, and the files beside them."""

import json
from pathlib import Path
from typing import Any

import torch

from .graphs import Case, Graph
from .layout import LAYOUTS
from .text import text_graph, text_length, write_tokenizer

# UNet2DConditionModel decides in Python, when it is traced, whether to hand the size of each level to the upsampling: not where the rows are
# a multiple of 2 to the number of upsamplings (8). Traced at such a height, the graph fails at every other. An odd height serves them all.
UNET_TRACE_ROWS = 33


class TextEncoder(torch.nn.Module):
    """Token ids and mask → text_embeds, not normalised."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=input_ids, attention_mask=attention_mask).text_embeds


class Unet(torch.nn.Module):
    """Noisy latents, time step and normalised text embedding → predicted noise (epsilon)."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, sample: torch.Tensor, timestep: torch.Tensor, class_labels: torch.Tensor) -> torch.Tensor:
        return self.model(sample, timestep, encoder_hidden_states=None, class_labels=class_labels, return_dict=False)[0]


class VaeDecoder(torch.nn.Module):
    """Latents, already divided by the scaling factor → log-mel spectrogram."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, latent_sample: torch.Tensor) -> torch.Tensor:
        return self.model.decode(latent_sample, return_dict=False)[0]


class VaeEncoder(torch.nn.Module):
    """Log-mel spectrogram → mean and standard deviation of the posterior, not scaled."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, sample: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        posterior = self.model.encode(sample).latent_dist
        return posterior.mean, posterior.std


class Vocoder(torch.nn.Module):
    """Log-mel spectrogram (frames × bins) → waveform, a little longer than frames × hop."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, spectrogram: torch.Tensor) -> torch.Tensor:
        return self.model(spectrogram)


def load_pipeline(folder: Path) -> Any:
    """The checkpoint as diffusers' pipeline, in float32 on the CPU, with a DDIM scheduler."""
    from diffusers import AudioLDMPipeline, DDIMScheduler

    pipeline = AudioLDMPipeline.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True)
    if not isinstance(pipeline.scheduler, DDIMScheduler):
        pipeline.scheduler = DDIMScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    for part in (pipeline.text_encoder, pipeline.unet, pipeline.vae, pipeline.vocoder):
        part.eval()
    return pipeline


def _unet_graph(pipeline: Any, random: torch.Generator, trace_rows: int) -> Graph:
    channels, width = pipeline.unet.config.in_channels, pipeline.vocoder.config.model_in_dim // pipeline.vae_scale_factor
    embedding = pipeline.unet.config.projection_class_embeddings_input_dim

    def feeds(batch: int, rows: int, timestep: int) -> dict[str, torch.Tensor]:
        labels = torch.nn.functional.normalize(torch.randn(batch, embedding, generator=random), dim=-1)
        return {"sample": torch.randn(batch, channels, rows, width, generator=random), "timestep": torch.tensor([timestep]), "class_labels": labels}

    shapes = ((1, 32, 901), (1, 33, 1), (2, 40, 501), (3, 31, 251), (2, 125, 801))
    return Graph(
        file="unet/model.onnx",
        module=Unet(pipeline.unet),
        names=LAYOUTS["audioldm"].graphs["unet/model.onnx"],
        trace=feeds(2, trace_rows, 501),
        dynamic_axes={"sample": {0: "batch", 2: "height"}, "class_labels": {0: "batch"}, "out_sample": {0: "batch", 2: "height"}},
        cases=tuple(Case(f"{batch} × {rows} rows, step {timestep}", feeds(batch, rows, timestep)) for batch, rows, timestep in shapes),
    )


def _vae_graphs(pipeline: Any, random: torch.Generator) -> list[Graph]:
    channels, bins, factor = pipeline.vae.config.latent_channels, pipeline.vocoder.config.model_in_dim, pipeline.vae_scale_factor
    graphs = LAYOUTS["audioldm"].graphs

    def latents(batch: int, rows: int) -> dict[str, torch.Tensor]:
        return {"latent_sample": torch.randn(batch, channels, rows, bins // factor, generator=random)}

    def mel(batch: int, rows: int) -> dict[str, torch.Tensor]:
        return {"sample": torch.randn(batch, 1, rows * factor, bins, generator=random) * 2 - 5}

    shapes = ((1, 32), (1, 33), (2, 21), (3, 8), (1, 125))
    return [
        Graph(
            file="vae_decoder/model.onnx",
            module=VaeDecoder(pipeline.vae),
            names=graphs["vae_decoder/model.onnx"],
            trace=latents(2, 33),
            dynamic_axes={"latent_sample": {0: "batch", 2: "height"}, "sample": {0: "batch", 2: "mel_height"}},
            cases=tuple(Case(f"{batch} × {rows} rows", latents(batch, rows)) for batch, rows in shapes),
        ),
        Graph(
            file="vae_encoder/model.onnx",
            module=VaeEncoder(pipeline.vae),
            names=graphs["vae_encoder/model.onnx"],
            trace=mel(2, 33),
            dynamic_axes={"sample": {0: "batch", 2: "mel_height"}, **{name: {0: "batch", 2: "height"} for name in ("latent_mean", "latent_std")}},
            cases=tuple(Case(f"{batch} × {rows * factor} frames", mel(batch, rows)) for batch, rows in shapes),
        ),
    ]


def _vocoder_graph(pipeline: Any, random: torch.Generator) -> Graph:
    bins = pipeline.vocoder.config.model_in_dim

    def feeds(batch: int, frames: int) -> dict[str, torch.Tensor]:
        return {"spectrogram": torch.randn(batch, frames, bins, generator=random) * 2 - 5}

    return Graph(
        file="vocoder/model.onnx",
        module=Vocoder(pipeline.vocoder),
        names=LAYOUTS["audioldm"].graphs["vocoder/model.onnx"],
        trace=feeds(2, 132),
        dynamic_axes={"spectrogram": {0: "batch", 1: "frames"}, "waveform": {0: "batch", 1: "samples"}},
        cases=tuple(Case(f"{batch} × {frames} frames", feeds(batch, frames)) for batch, frames in ((1, 128), (1, 131), (2, 84), (3, 33), (1, 500))),
    )


def graphs_of(pipeline: Any, unet_trace_rows: int = UNET_TRACE_ROWS) -> list[Graph]:
    random = torch.Generator().manual_seed(0)
    length = text_length(pipeline.tokenizer, pipeline.text_encoder.config.max_position_embeddings)
    file = "text_encoder/model.onnx"
    text = text_graph(file, LAYOUTS["audioldm"].graphs[file], TextEncoder(pipeline.text_encoder), pipeline.tokenizer, length)
    return [text, _unet_graph(pipeline, random, unet_trace_rows), *_vae_graphs(pipeline, random), _vocoder_graph(pipeline, random)]


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False, default=list) + "\n", encoding="utf-8")


def _public(config: dict[str, Any], class_name: str) -> dict[str, Any]:
    return {"_class_name": class_name, **{name: value for name, value in config.items() if not name.startswith("_")}}


def write_files(pipeline: Any, folder: Path) -> None:
    """Everything but the graphs: the constants that grym-synth reads instead of knowing them, and the tokenizer."""
    write_tokenizer(pipeline.tokenizer, folder / "tokenizer", text_length(pipeline.tokenizer, pipeline.text_encoder.config.max_position_embeddings))
    pipeline.scheduler.save_pretrained(str(folder / "scheduler"))
    _write_json(folder / "text_encoder/config.json", _public(pipeline.text_encoder.config.to_dict(), "ClapTextModelWithProjection"))
    _write_json(folder / "unet/config.json", _public(dict(pipeline.unet.config), "UNet2DConditionModel"))
    for part in ("vae_decoder", "vae_encoder"):
        _write_json(folder / part / "config.json", _public(dict(pipeline.vae.config), "AutoencoderKL"))
    _write_json(folder / "vocoder/config.json", _public(pipeline.vocoder.config.to_dict(), "SpeechT5HifiGan"))
    parts = {
        "text_encoder": ["transformers", "ClapTextModelWithProjection"],
        "tokenizer": ["transformers", "RobertaTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "vocoder": ["transformers", "SpeechT5HifiGan"],
        "scheduler": ["diffusers", "DDIMScheduler"],
    }
    _write_json(folder / "model_index.json", {"_class_name": "AudioLDMPipeline", **parts})
