"""Raw tensors and the manifest that names them."""

import json
from pathlib import Path
from typing import Any

import numpy
import torch


class ReferenceFolder:
    """Little-endian, row-major; float32 or int64."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tensors: dict[str, dict[str, Any]] = {}
        folder.mkdir(parents=True)

    def add(self, name: str, values: torch.Tensor | numpy.ndarray) -> None:
        array = values.detach().numpy() if isinstance(values, torch.Tensor) else values
        whole = numpy.issubdtype(array.dtype, numpy.integer)
        array = numpy.ascontiguousarray(array, dtype="<i8" if whole else "<f4")
        array.tofile(self._folder / f"{name}.bin")
        self._tensors[name] = {"file": f"{name}.bin", "dtype": "int64" if whole else "float32", "shape": list(array.shape)}

    def close(self, facts: dict[str, Any]) -> None:
        manifest = {"facts": facts, "tensors": self._tensors}
        (self._folder / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
