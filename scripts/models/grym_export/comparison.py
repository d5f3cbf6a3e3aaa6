"""Each graph against PyTorch, by onnxruntime, at shapes other than the traced one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import onnxruntime
import torch

from .failure import ExportFailure
from .graphs import Graph

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Check:
    graph: str
    case: str
    output: str
    error: float
    """Relative error in the Euclidean norm; infinite where the graph failed or gave another shape."""
    rounding: float | None
    """Of the half-precision weights against the checkpoint's, in PyTorch; None where nothing was rounded."""
    note: str = ""

    @property
    def passed(self) -> bool:
        return self.error <= TOLERANCE


def relative_error(ours: numpy.ndarray, reference: numpy.ndarray) -> float:
    """‖ours − reference‖ / ‖reference‖ in float64; infinite for another shape or values that are no numbers."""
    if ours.shape != reference.shape:
        return float("inf")
    reference = reference.astype(numpy.float64)
    distance = float(numpy.linalg.norm(ours.astype(numpy.float64) - reference))
    error = distance / float(numpy.linalg.norm(reference)) if distance != 0 else 0.0
    return error if numpy.isfinite(error) else float("inf")


def open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_session(session: onnxruntime.InferenceSession, feeds: dict[str, torch.Tensor]) -> list[numpy.ndarray]:
    return session.run(None, {name: tensor.detach().numpy() for name, tensor in feeds.items()})


def torch_outputs(graph: Graph) -> list[tuple[torch.Tensor, ...]]:
    """PyTorch's answer to each case of the graph."""
    graph.module.eval()
    return [graph.run_torch(case.feeds) for case in graph.cases]


def compare_graph(graph: Graph, folder: Path, unrounded: Sequence[tuple[torch.Tensor, ...]] | None) -> list[Check]:
    """One check for each case and output. `unrounded`: PyTorch's answers before its weights were rounded, where they were."""
    session = open_session(folder / graph.file)
    checks = []
    for index, case in enumerate(graph.cases):
        expected = graph.run_torch(case.feeds)
        try:
            found, note = run_session(session, dict(case.feeds)), ""
        except Exception as error:  # onnxruntime's own classes; a graph that cannot run at a shape is a finding, not a crash
            found, note = None, str(error).splitlines()[0]
        for position, output in enumerate(graph.names.outputs):
            reference = expected[position].numpy()
            error = float("inf") if found is None else relative_error(found[position], reference)
            if found is not None and found[position].shape != reference.shape:
                note = f"gives the shape {list(found[position].shape)} instead of {list(reference.shape)}"
            rounding = None if unrounded is None else relative_error(reference, unrounded[index][position].numpy())
            checks.append(Check(graph.file, case.description, output, error, rounding, note))
    return checks


def table_of(checks: Sequence[Check]) -> str:
    """For people: one line a check."""
    rounded = any(check.rounding is not None for check in checks)
    header = ("graph", "case", "output", "error", *(("rounding",) if rounded else ()), "")
    rows = [header]
    for check in checks:
        rounding = (f"{check.rounding:.1e}" if check.rounding is not None else "-",) if rounded else ()
        rows.append((check.graph, check.case, check.output, f"{check.error:.1e}", *rounding, "ok" if check.passed else f"BEYOND {TOLERANCE:.0e} {check.note}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def require_passed(checks: Sequence[Check]) -> None:
    failed = [check for check in checks if not check.passed]
    if failed:
        named = "; ".join(sorted({f"{check.graph} ({check.case})" for check in failed}))
        raise ExportFailure(f"{len(failed)} of {len(checks)} comparisons with PyTorch are beyond {TOLERANCE:.0e}: {named}. Nothing was written.")
