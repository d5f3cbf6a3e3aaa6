"""wav2vec2 as one graph, and the files beside it."""

import shutil
from pathlib import Path
from typing import Any

import torch

from .graphs import Case, Graph
from .layout import LAYOUTS, GraphNames

_FILE = "onnx/model.onnx"
# Copied as they are: a letter's number is what matters, and saving them again can only lose.
_COPIED = ("preprocessor_config.json", "vocab.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


class Wav2Vec2(torch.nn.Module):
    """Normalised samples (and their mask) → logits where it has a CTC head, and the last hidden state."""

    def __init__(self, model: Any, has_head: bool) -> None:
        super().__init__()
        self.encoder = model.wav2vec2 if has_head else model
        self.head = model.lm_head if has_head else None

    def forward(self, input_values: torch.Tensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
        hidden = self.encoder(input_values, attention_mask=attention_mask).last_hidden_state
        return hidden if self.head is None else (self.head(hidden), hidden)


class Checkpoint:
    def __init__(self, folder: Path) -> None:
        from transformers import AutoConfig, Wav2Vec2ForCTC, Wav2Vec2Model

        config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
        self.folder = folder
        self.has_head = any(name.endswith("ForCTC") for name in config.architectures or [])
        # Only models with layer norm in their convolutions were trained with a mask; the others must not be given one.
        self.takes_mask = config.feat_extract_norm == "layer"
        model_class = Wav2Vec2ForCTC if self.has_head else Wav2Vec2Model
        self.model = model_class.from_pretrained(str(folder), dtype=torch.float32, local_files_only=True, attn_implementation="eager").eval()

    @property
    def names(self) -> GraphNames:
        names = LAYOUTS["wav2vec2"].graphs[_FILE]
        return GraphNames(names.inputs if self.takes_mask else names.inputs[:1], names.outputs if self.has_head else names.outputs[1:])


def graphs_of(checkpoint: Checkpoint) -> list[Graph]:
    random = torch.Generator().manual_seed(0)

    def feeds(*lengths: int) -> dict[str, torch.Tensor]:
        """One row for each length; shorter rows are silent at the end and masked there where the model takes a mask."""
        rows = len(lengths)
        mask = (torch.arange(max(lengths)).expand(rows, -1) < torch.tensor(lengths)[:, None]).long()
        values = torch.randn(rows, max(lengths), generator=random) * mask
        return {"input_values": values, "attention_mask": mask} if checkpoint.takes_mask else {"input_values": values}

    shapes = ((16_000,), (20_037,), (400,), (32_000, 24_011), (16_001, 9_000, 16_001))
    return [
        Graph(
            file=_FILE,
            module=Wav2Vec2(checkpoint.model, checkpoint.has_head),
            names=checkpoint.names,
            trace=feeds(16_000, 12_345),
            dynamic_axes={
                "input_values": {0: "batch", 1: "samples"},
                **({"attention_mask": {0: "batch", 1: "samples"}} if checkpoint.takes_mask else {}),
                **{name: {0: "batch", 1: "frames"} for name in checkpoint.names.outputs},
            },
            cases=tuple(Case(f"{' + '.join(map(str, shape))} samples", feeds(*shape)) for shape in shapes),
        )
    ]


def write_files(checkpoint: Checkpoint, folder: Path) -> None:
    checkpoint.model.config.save_pretrained(str(folder))
    for name in _COPIED:
        if (checkpoint.folder / name).is_file():
            shutil.copyfile(checkpoint.folder / name, folder / name)
