"""What AudioLDM and CLAP share: CLAP's text model and its tokenizer of RoBERTa's form."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from .failure import ExportFailure
from .graphs import Case, Feeds, Graph
from .layout import GraphNames

_PROMPTS = ("dark analog bass loop, 120 bpm", "", "Techno with a strong, upbeat tempo; high melodic riffs – café, naïve ♫", "a  b\tc\n1234567890")
# Stored without it, tokenizers say a number beyond any real length.
_LARGEST_LENGTH = 100_000


def text_length(tokenizer: Any, max_position_embeddings: int) -> int:
    """Tokens that a prompt is padded and cut to. RoBERTa's positions begin after the padding's: two fewer than there are embeddings."""
    most = max_position_embeddings - 2
    return most if tokenizer.model_max_length > _LARGEST_LENGTH else min(int(tokenizer.model_max_length), most)


def write_tokenizer(tokenizer: Any, folder: Path, length: int) -> None:
    """tokenizer.json and tokenizer_config.json, checked: what is read back gives the same ids."""
    import tokenizers

    if not getattr(tokenizer, "is_fast", False):
        raise ExportFailure(f"{type(tokenizer).__name__} has no tokenizer.json form.")
    folder.mkdir(parents=True, exist_ok=True)
    backend = tokenizers.Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_padding()
    backend.no_truncation()
    backend.save(str(folder / "tokenizer.json"))
    config = {
        "backend": "tokenizers",
        **{f"{role}_token": str(getattr(tokenizer, f"{role}_token")) for role in ("bos", "cls", "eos", "mask", "pad", "sep", "unk")},
        "model_max_length": length,
        "tokenizer_class": "RobertaTokenizer",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(dict(sorted(config.items())), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    written = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    for prompt in _PROMPTS:
        if written.encode(prompt).ids != tokenizer(prompt).input_ids:
            raise ExportFailure(f"tokenizer.json gives other tokens than the checkpoint's tokenizer for {prompt!r}.")


def _batch(tokenizer: Any, prompts: tuple[str, ...], padding: str, length: int) -> Feeds:
    encoded = tokenizer(list(prompts), padding=padding, max_length=length, truncation=True, return_tensors="pt")
    return {"input_ids": encoded.input_ids, "attention_mask": encoded.attention_mask}


def text_graph(file: str, names: GraphNames, forward: torch.nn.Module, tokenizer: Any, length: int) -> Graph:
    """Traced with a padded and an unpadded row, so that the mask stays in the graph."""
    batch: Callable[[tuple[str, ...], str], Feeds] = lambda prompts, padding: _batch(tokenizer, prompts, padding, length)
    return Graph(
        file=file,
        module=forward,
        names=names,
        trace=batch((_PROMPTS[0], _PROMPTS[2]), "longest"),
        dynamic_axes={"input_ids": {0: "batch", 1: "sequence"}, "attention_mask": {0: "batch", 1: "sequence"}, "text_embeds": {0: "batch"}},
        cases=(
            Case(f"1 × {length}, padded", batch((_PROMPTS[0],), "max_length")),
            Case("1, no padding", batch((_PROMPTS[0],), "longest")),
            Case(f"2 × {length}, one empty", batch(_PROMPTS[:2], "max_length")),
            Case("3, padded to the longest", batch(_PROMPTS[1:4], "longest")),
            Case(f"1 × {length}, cut", batch((" ".join(_PROMPTS[2:3] * 64),), "max_length")),
        ),
    )
