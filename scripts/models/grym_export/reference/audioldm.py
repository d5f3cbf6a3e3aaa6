"""A run of diffusers' AudioLDM pipeline, and the three variations that grym-synth adds: audio to audio, random steps, inpainting."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..audioldm import load_pipeline
from .tensors import ReferenceFolder


@dataclass(frozen=True)
class AudioLdmRun:
    prompt: str = "dark analog bass loop, 120 bpm"
    negative_prompt: str = "low quality, noisy"
    """Unused, and not written, where guidance is at most 1."""
    seconds: float = 1.29
    steps: int = 10
    guidance: float = 2.5
    candidates: int = 1
    strength: float = 0.5
    eta: float = 0.7
    variations: bool = True


class _Run:
    """The pipeline with the facts of the run; every tensor is drawn from one generator, in the order of the calls."""

    def __init__(self, pipeline: Any, facts: AudioLdmRun, seed: int, out: ReferenceFolder) -> None:
        self.pipeline, self.facts, self.out = pipeline, facts, out
        self.random = torch.Generator().manual_seed(seed)
        self.guided = facts.guidance > 1
        self.negative = facts.negative_prompt if self.guided and facts.negative_prompt else None
        frame_seconds = 160 / pipeline.vocoder.config.sampling_rate
        rows = -(-int(facts.seconds / frame_seconds) // pipeline.vae_scale_factor)
        width = pipeline.vocoder.config.model_in_dim // pipeline.vae_scale_factor
        self.shape = (facts.candidates, pipeline.unet.config.in_channels, rows, width)
        self.embeddings = pipeline._encode_prompt(facts.prompt, "cpu", facts.candidates, self.guided, self.negative)

    def draw(self, *leading: int) -> torch.Tensor:
        return torch.randn(*leading, *self.shape[1:], generator=self.random)

    def predict(self, latents: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        sample = torch.cat([latents, latents]) if self.guided else latents
        noise = self.pipeline.unet(sample, timestep, encoder_hidden_states=None, class_labels=self.embeddings).sample
        if not self.guided:
            return noise
        without, with_prompt = noise.chunk(2)
        return without + self.facts.guidance * (with_prompt - without)

    def denoise(self, latents: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        for timestep in timesteps:
            latents = self.pipeline.scheduler.step(self.predict(latents, timestep), timestep, latents).prev_sample
        return latents


def _write_text(run: _Run) -> None:
    tokenizer = run.pipeline.tokenizer
    prompts = [("", run.facts.prompt), *((("negative_", run.negative or ""),) if run.guided else ())]
    for prefix, prompt in prompts:
        encoded = tokenizer(prompt, padding="max_length", max_length=tokenizer.model_max_length, truncation=True, return_tensors="pt")
        run.out.add(f"{prefix}input_ids", encoded.input_ids)
        run.out.add(f"{prefix}attention_mask", encoded.attention_mask)
    if run.guided:
        negative, positive = run.embeddings.chunk(2)
        run.out.add("negative_prompt_embeds", negative[:1])
    else:
        positive = run.embeddings
    run.out.add("prompt_embeds", positive[:1])


def _generate(run: _Run, initial: torch.Tensor, eta: float, seed: int | None, seen: list[torch.Tensor]) -> Any:
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return run.pipeline(
        prompt=run.facts.prompt,
        negative_prompt=run.negative,
        audio_length_in_s=run.facts.seconds,
        num_inference_steps=run.facts.steps,
        guidance_scale=run.facts.guidance,
        num_waveforms_per_prompt=run.facts.candidates,
        eta=eta,
        generator=generator,
        latents=initial.clone(),
        callback=lambda _step, _timestep, latents: seen.append(latents.clone()),
    ).audios


def _write_generation(run: _Run, initial: torch.Tensor) -> None:
    predicted: list[torch.Tensor] = []
    hook = run.pipeline.unet.register_forward_hook(lambda _module, _inputs, output: predicted.append(output.sample))
    steps: list[torch.Tensor] = []
    waveform = _generate(run, initial, 0.0, None, steps)
    hook.remove()
    run.out.add("initial_latents", initial)
    run.out.add("timesteps", run.pipeline.scheduler.timesteps)
    run.out.add("noise_pred_00", predicted[0])
    for index, latents in enumerate(steps):
        run.out.add(f"latents_{index:02d}", latents)
    run.out.add("mel", run.pipeline.decode_latents(steps[-1]))
    run.out.add("waveform", waveform)


def _write_audio_to_audio(run: _Run) -> torch.Tensor:
    """Returns the scaled latents of the source, which inpainting keeps."""
    scheduler, vae, factor = run.pipeline.scheduler, run.pipeline.vae, run.pipeline.vae_scale_factor
    frames, bins = run.shape[2] * factor, run.shape[3] * factor
    mel = torch.randn(run.shape[0], 1, frames, bins, generator=run.random) - 4
    posterior = vae.encode(mel).latent_dist
    noise = run.draw(run.shape[0])
    timesteps = scheduler.timesteps[run.facts.steps - int(run.facts.steps * run.facts.strength) :]
    source = posterior.mean * vae.config.scaling_factor
    noised = scheduler.add_noise(source, noise, timesteps[:1])
    run.out.add("a2a_source_mel", mel)
    run.out.add("a2a_posterior_mean", posterior.mean)
    run.out.add("a2a_posterior_std", posterior.std)
    run.out.add("a2a_noise", noise)
    run.out.add("a2a_noised", noised)
    run.out.add("a2a_timesteps", timesteps)
    run.out.add("a2a_latents", run.denoise(noised, timesteps))
    return source


def _write_random_steps(run: _Run, initial: torch.Tensor, seed: int) -> None:
    steps: list[torch.Tensor] = []
    _generate(run, initial, run.facts.eta, seed, steps)
    # What the scheduler drew: it asks for one tensor of the latents' shape at each step.
    random = torch.Generator().manual_seed(seed)
    run.out.add("eta_noise", torch.cat([torch.randn(run.shape, generator=random) for _ in steps]))
    run.out.add("eta_latents", steps[-1])


def _write_inpainting(run: _Run, initial: torch.Tensor, source: torch.Tensor) -> None:
    """Mask 1 keeps: before each step the kept part is the source with the noise of that step."""
    scheduler, rows = run.pipeline.scheduler, run.shape[2]
    mask = torch.zeros(1, 1, rows, run.shape[3])
    mask[:, :, : rows // 3] = 1
    mask[:, :, rows - rows // 5 :] = 1
    noise = run.draw(run.facts.steps)
    latents = initial
    for index, timestep in enumerate(scheduler.timesteps):
        kept = scheduler.add_noise(source, noise[index : index + 1], timestep.reshape(1))
        latents = run.denoise(kept * mask + (1 - mask) * latents, timestep.reshape(1))
    run.out.add("inpaint_mask", mask)
    run.out.add("inpaint_noise", noise)
    run.out.add("inpaint_source_latents", source)
    run.out.add("inpaint_latents", latents)


def write_audioldm(checkpoint: Path, folder: Path, facts: AudioLdmRun, seed: int) -> None:
    pipeline = load_pipeline(checkpoint)
    out = ReferenceFolder(folder)
    with torch.no_grad():
        run = _Run(pipeline, facts, seed, out)
        initial = run.draw(facts.candidates)
        _write_text(run)
        _write_generation(run, initial)
        if facts.variations and facts.candidates == 1:
            source = _write_audio_to_audio(run)
            _write_random_steps(run, initial, seed + 1000)
            _write_inpainting(run, initial, source)
    varied = {"a2a_strength": facts.strength, "eta_run": facts.eta} if facts.variations and facts.candidates == 1 else {}
    out.close(
        {
            "prompt": facts.prompt,
            "negative_prompt": run.negative or "",
            "num_inference_steps": facts.steps,
            "guidance_scale": facts.guidance,
            "eta": 0.0,
            "seconds": facts.seconds,
            "sampling_rate": pipeline.vocoder.config.sampling_rate,
            "hop_length": 160,
            "candidates": facts.candidates,
            "seed": seed,
            "note": "all tensors little-endian, row-major; latents_NN is the sample after step NN",
            **varied,
        }
    )
