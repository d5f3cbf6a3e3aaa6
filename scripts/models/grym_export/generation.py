"""A whole generation: diffusers' pipeline against the graphs, from the same initial latents."""

from pathlib import Path
from typing import Any

import numpy
import torch

from .comparison import Check, open_session, relative_error, run_session

_PROMPT = "dark analog bass loop, 120 bpm"
_NEGATIVE_PROMPT = "low quality, noisy"
# 2.55 s are 64 rows of latents after rounding up, 2.57 s 65: one height of each kind.
_LENGTHS_SECONDS = (2.55, 2.57)
_STEPS = 4
_GUIDANCE_SCALE = 2.5


def _initial_latents(pipeline: Any, seconds: float) -> torch.Tensor:
    frame_seconds = float(numpy.prod(pipeline.vocoder.config.upsample_rates)) / pipeline.vocoder.config.sampling_rate
    rows = -(-int(seconds / frame_seconds) // pipeline.vae_scale_factor)
    shape = (1, pipeline.unet.config.in_channels, rows, pipeline.vocoder.config.model_in_dim // pipeline.vae_scale_factor)
    return torch.randn(shape, generator=torch.Generator().manual_seed(7))


def _by_graphs(pipeline: Any, folder: Path, seconds: float, latents: torch.Tensor) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The pipeline's loop with each network's graph in its place. Only the scheduler is diffusers'."""

    def run(part: str, **feeds: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(run_session(open_session(folder / part / "model.onnx"), feeds)[0])

    encoded = pipeline.tokenizer(
        [_NEGATIVE_PROMPT, _PROMPT], padding="max_length", max_length=pipeline.tokenizer.model_max_length, truncation=True, return_tensors="pt"
    )
    embeddings = run("text_encoder", input_ids=encoded.input_ids, attention_mask=encoded.attention_mask)
    embeddings = torch.nn.functional.normalize(embeddings, dim=-1)
    unet = open_session(folder / "unet/model.onnx")
    pipeline.scheduler.set_timesteps(_STEPS)
    for timestep in pipeline.scheduler.timesteps:
        feeds = {"sample": torch.cat([latents, latents]), "timestep": timestep.reshape(1), "class_labels": embeddings}
        without, with_prompt = torch.from_numpy(run_session(unet, feeds)[0]).chunk(2)
        latents = pipeline.scheduler.step(without + _GUIDANCE_SCALE * (with_prompt - without), timestep, latents).prev_sample
    mel = run("vae_decoder", latent_sample=latents / pipeline.vae.config.scaling_factor)
    waveform = run("vocoder", spectrogram=mel[:, 0])
    return latents.numpy(), waveform.numpy()[:, : int(seconds * pipeline.vocoder.config.sampling_rate)]


def check_generation(pipeline: Any, folder: Path) -> list[Check]:
    """Last latents and waveform of a generation of each length."""
    checks = []
    for seconds in _LENGTHS_SECONDS:
        initial = _initial_latents(pipeline, seconds)
        seen: list[torch.Tensor] = []
        expected = pipeline(
            prompt=_PROMPT,
            negative_prompt=_NEGATIVE_PROMPT,
            audio_length_in_s=seconds,
            num_inference_steps=_STEPS,
            guidance_scale=_GUIDANCE_SCALE,
            latents=initial,
            callback=lambda _step, _timestep, latents: seen.append(latents),
        ).audios
        latents, waveform = _by_graphs(pipeline, folder, seconds, initial)
        case = f"{seconds} s, {_STEPS} steps"
        checks.append(Check("whole generation", case, "latents", relative_error(latents, seen[-1].numpy()), None))
        checks.append(Check("whole generation", case, "waveform", relative_error(waveform, expected), None))
    return checks
