"""NAME=VALUE words of the command line into the fields of a dataclass."""

import dataclasses
import json
from typing import Any, TypeVar

from .failure import ExportFailure

Settings = TypeVar("Settings")


def apply_settings(settings: Settings, words: list[str]) -> Settings:
    """Values are JSON; what is no JSON is taken as text. Raises ExportFailure for a name that the dataclass does not have."""
    names = {field.name for field in dataclasses.fields(settings)}  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for word in words:
        name, separator, text = word.partition("=")
        if not separator or name not in names:
            raise ExportFailure(f"{word} sets nothing. Write NAME=VALUE with one of: {', '.join(sorted(names))}.")
        try:
            changes[name] = json.loads(text)
        except ValueError:
            changes[name] = text
    return dataclasses.replace(settings, **changes)  # type: ignore[type-var]
