"""The folders that grym-synth reads: which graphs, with which inputs and outputs, and which files beside them."""

from dataclasses import dataclass
from pathlib import Path

MANIFEST = "grym-export.json"


@dataclass(frozen=True)
class GraphNames:
    """Tensors of one graph by name, in the order of the graph."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    graphs: dict[str, GraphNames]
    """By path of the graph in the folder."""
    files: tuple[str, ...]
    """What must be there beside the graphs."""


LAYOUTS: dict[str, Layout] = {
    "audioldm": Layout(
        graphs={
            "text_encoder/model.onnx": GraphNames(("input_ids", "attention_mask"), ("text_embeds",)),
            "unet/model.onnx": GraphNames(("sample", "timestep", "class_labels"), ("out_sample",)),
            "vae_decoder/model.onnx": GraphNames(("latent_sample",), ("sample",)),
            "vae_encoder/model.onnx": GraphNames(("sample",), ("latent_mean", "latent_std")),
            "vocoder/model.onnx": GraphNames(("spectrogram",), ("waveform",)),
        },
        files=(
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "tokenizer/tokenizer.json",
            "tokenizer/tokenizer_config.json",
            "unet/config.json",
            "vae_decoder/config.json",
            "vae_encoder/config.json",
            "vocoder/config.json",
        ),
    ),
    "clap": Layout(
        graphs={
            "onnx/text_model.onnx": GraphNames(("input_ids", "attention_mask"), ("text_embeds",)),
            "onnx/audio_model.onnx": GraphNames(("input_features",), ("audio_embeds",)),
        },
        files=("config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"),
    ),
    # attention_mask is an input of models with layer norm in their convolutions only; logits an output of those with a CTC head only.
    "wav2vec2": Layout(
        graphs={"onnx/model.onnx": GraphNames(("input_values", "attention_mask"), ("logits", "last_hidden_state"))},
        files=("config.json", "preprocessor_config.json"),
    ),
}


def missing_files(folder: Path, kind: str) -> list[str]:
    """What the layout asks for and the folder lacks, by path."""
    layout = LAYOUTS[kind]
    return [path for path in (*layout.graphs, *layout.files) if not (folder / path).is_file()]
