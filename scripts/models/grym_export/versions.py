"""Versions of what made a model: a figure without them cannot be made again."""

import importlib.metadata
import platform

from . import __version__

PACKAGES = ("torch", "transformers", "diffusers", "tokenizers", "safetensors", "huggingface-hub", "onnx", "onnxruntime", "numpy")


def _version_of(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        # A package that is on the path as source only has no metadata but may say its version itself.
        module = __import__(package.replace("-", "_"))
        return getattr(module, "__version__", None)


def versions() -> dict[str, str | None]:
    """Of Python, the exporter and each package that it uses; null where a package does not say."""
    found: dict[str, str | None] = {"python": platform.python_version(), "grym-export-models": __version__}
    for package in PACKAGES:
        try:
            found[package] = _version_of(package)
        except ImportError:
            found[package] = None
    return found
