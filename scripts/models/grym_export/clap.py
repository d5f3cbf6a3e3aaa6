"""CLAP's two towers as graphs, and the files beside them."""

from pathlib import Path
from typing import Any

import torch

from .failure import ExportFailure
from .graphs import Case, Graph
from .layout import LAYOUTS
from .sound import make_sound
from .text import text_graph, text_length, write_tokenizer


class TextTower(torch.nn.Module):
    """Token ids and mask → text_embeds, not normalised."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model, self.projection = model.text_model, model.text_projection

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.projection(self.model(input_ids=input_ids, attention_mask=attention_mask).pooler_output)


class AudioTower(torch.nn.Module):
    """Log-mel spectrogram of ten seconds → audio_embeds, not normalised."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model, self.projection = model.audio_model, model.audio_projection

    def forward(self, input_features: torch.Tensor) -> torch.Tensor:
        return self.projection(self.model(input_features=input_features).pooler_output)


class Clap:
    """A loaded checkpoint: model, tokenizer and feature extractor."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel

        self.model = ClapModel.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        self.feature_extractor = ClapFeatureExtractor.from_pretrained(str(folder), local_files_only=True)
        if self.model.config.audio_config.enable_fusion:
            raise ExportFailure("This CLAP fuses crops of long clips (enable_fusion); take an unfused one, as laion/clap-htsat-unfused.")

    @property
    def text_length(self) -> int:
        return text_length(self.tokenizer, self.model.config.text_config.max_position_embeddings)


def graphs_of(clap: Clap) -> list[Graph]:
    extractor = clap.feature_extractor
    names = LAYOUTS["clap"].graphs

    def features(batch: int) -> dict[str, torch.Tensor]:
        """Of sounds of 2, 5 and 8 seconds."""
        sounds = [make_sound(row, (2 + 3 * row) * extractor.sampling_rate, extractor.sampling_rate) for row in range(batch)]
        values = extractor(sounds, sampling_rate=extractor.sampling_rate, return_tensors="pt").input_features
        return {"input_features": torch.as_tensor(values, dtype=torch.float32)}

    text = text_graph("onnx/text_model.onnx", names["onnx/text_model.onnx"], TextTower(clap.model), clap.tokenizer, clap.text_length)
    audio = Graph(
        file="onnx/audio_model.onnx",
        module=AudioTower(clap.model),
        names=names["onnx/audio_model.onnx"],
        trace=features(2),
        dynamic_axes={"input_features": {0: "batch"}, "audio_embeds": {0: "batch"}},
        cases=tuple(Case(f"{batch} sounds", features(batch)) for batch in (1, 2, 3)),
    )
    return [text, audio]


def write_files(clap: Clap, folder: Path) -> None:
    clap.model.config.save_pretrained(str(folder))
    clap.feature_extractor.save_pretrained(str(folder))
    write_tokenizer(clap.tokenizer, folder, clap.text_length)
