"""One export from the checkpoint to the finished folder."""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from .comparison import TOLERANCE, Check, compare_graph, require_passed, table_of, torch_outputs
from .failure import ExportFailure
from .graphs import OPSET, Graph, export_graph, round_to_half
from .layout import missing_files
from .manifest import write_manifest
from .source import Checkpoint, find_checkpoint
from .staging import staged_folder
from .versions import versions


@dataclass(frozen=True)
class Options:
    out: Path
    half: bool
    external_data_above_bytes: int
    check_generation: bool
    unet_trace_rows: int


@dataclass(frozen=True)
class Family:
    """What one kind of model brings along."""

    load: Callable[[Path], Any]
    graphs: Callable[[Any], list[Graph]]
    write_files: Callable[[Any, Path], None]
    check_whole: Callable[[Any, Path], list[Check]] | None = None


def _family(kind: str, options: Options) -> Family:
    if kind == "audioldm":
        from . import audioldm, generation

        whole = generation.check_generation if options.check_generation else None
        return Family(audioldm.load_pipeline, lambda model: audioldm.graphs_of(model, options.unet_trace_rows), audioldm.write_files, whole)
    if kind == "clap":
        from . import clap

        return Family(clap.Clap, clap.graphs_of, clap.write_files)
    from . import wav2vec2

    return Family(wav2vec2.Checkpoint, wav2vec2.graphs_of, wav2vec2.write_files)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)

def quieten() -> None:
    """Loading is quick and its bars are not; that diffusers calls AudioLDM's pipeline deprecated is why its version is pinned."""
    import diffusers.utils.logging
    import transformers.utils.logging

    for library in (diffusers.utils.logging, transformers.utils.logging):
        library.disable_progress_bar()
        library.set_verbosity_error()


Answers = list[tuple[torch.Tensor, ...]]


def _round(graphs: Sequence[Graph]) -> list[Answers]:
    """Rounds the weights of all graphs; returns what PyTorch answered before. Graphs share modules, so all answers come first."""
    answers = [torch_outputs(graph) for graph in graphs]
    for graph in graphs:
        round_to_half(graph.module)
    return answers


def _export_and_compare(graph: Graph, unrounded: Answers | None, folder: Path, options: Options) -> tuple[dict[str, Any], list[Check]]:
    started = time.monotonic()
    external = export_graph(graph, folder, half=options.half, external_data_above_bytes=options.external_data_above_bytes)
    exported = time.monotonic()
    checks = compare_graph(graph, folder, unrounded)
    _say(f"{graph.file}: traced in {exported - started:.1f} s, compared in {time.monotonic() - exported:.1f} s")
    _say(table_of(checks))
    # Here, not after all of them: a graph that is wrong is known within minutes.
    require_passed(checks)
    described = {
        "file": graph.file,
        "externalData": external,
        "inputs": list(graph.names.inputs),
        "outputs": list(graph.names.outputs),
        "tracedAt": {name: list(tensor.shape) for name, tensor in graph.trace.items()},
    }
    return described, checks


def _peak_memory() -> str:
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"peak memory {kibibytes / 2**20:.1f} GiB"


def _check_record(check: Check) -> dict[str, Any]:
    return {name: value for name, value in asdict(check).items() if value not in (None, "")}


def _facts(kind: str, checkpoint: Checkpoint, licence: str, options: Options, graphs: Sequence[dict[str, Any]], checks: Sequence[Check]) -> dict[str, Any]:
    return {
        "kind": kind,
        "source": {"name": checkpoint.name, "revision": checkpoint.revision},
        "licence": licence,
        "versions": versions(),
        "opset": OPSET,
        "weights": "float16" if options.half else "float32",
        "graphs": list(graphs),
        "tolerance": TOLERANCE,
        "checks": [_check_record(check) for check in checks],
    }


def export_model(kind: str, source: str, revision: str | None, licence: str, options: Options) -> list[Check]:
    """Writes `options.out`, whole or not at all. Raises ExportFailure where a graph differs from PyTorch."""
    if options.out.exists():
        raise ExportFailure(f"{options.out} exists already. Choose another folder, or move that one away.")
    family = _family(kind, options)
    checkpoint = find_checkpoint(source, revision)
    quieten()
    started = time.monotonic()
    model = family.load(checkpoint.folder)
    _say(f"{source}: loaded in {time.monotonic() - started:.1f} s")
    checks: list[Check] = []
    described = []
    graphs = family.graphs(model)
    unrounded: Sequence[Answers | None] = _round(graphs) if options.half else [None] * len(graphs)
    with staged_folder(options.out) as folder:
        family.write_files(model, folder)
        for graph, answers in zip(graphs, unrounded, strict=True):
            written, found = _export_and_compare(graph, answers, folder, options)
            described.append(written)
            checks.extend(found)
        if family.check_whole is not None:
            whole = family.check_whole(model, folder)
            _say(table_of(whole))
            require_passed(whole)
            checks.extend(whole)
        if missing := missing_files(folder, kind):
            raise ExportFailure(f"The export lacks {', '.join(missing)}.")
        write_manifest(folder, _facts(kind, checkpoint, licence, options, described, checks))
    _say(f"{options.out}: written in {time.monotonic() - started:.1f} s; largest error {max(check.error for check in checks):.1e}; {_peak_memory()}")
    return checks
