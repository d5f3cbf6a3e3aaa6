"""From a PyTorch module to a graph file: tracing, weights in half precision, weights beside the graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
import tempfile
import warnings

import numpy
import onnx
import onnx.external_data_helper
import torch

from .layout import GraphNames

OPSET = 17
# A protobuf message ends at 2 GiB; the rest of the graph needs room too.
EXTERNAL_DATA_ABOVE_BYTES = 1_900_000_000
_EXTERNAL_TENSOR_BYTES = 1024
# Smaller tensors (biases, norms) stay as they are: they weigh nothing and matter most.
_HALF_ABOVE_ELEMENTS = 1024

Feeds = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Case:
    """Inputs that the graph is compared with PyTorch on."""

    description: str
    feeds: Feeds


@dataclass(frozen=True)
class Graph:
    file: str
    """Path in the folder of the model."""
    module: torch.nn.Module
    """Takes bare tensors in the order of `names.inputs`, gives one tensor or a tuple in the order of `names.outputs`."""
    names: GraphNames
    trace: Feeds
    """Inputs that it is traced with: what Python decides by their shape is decided for good."""
    dynamic_axes: Mapping[str, Mapping[int, str]]
    cases: Sequence[Case] = field(default=())

    def run_torch(self, feeds: Feeds) -> tuple[torch.Tensor, ...]:
        with torch.no_grad():
            result = self.module(*(feeds[name] for name in self.names.inputs))
        return result if isinstance(result, tuple) else (result,)


def round_to_half(module: torch.nn.Module) -> None:
    """Rounds the large weights to what half precision can hold; they stay float32 in PyTorch, so that the graph can be compared with them."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dtype == torch.float32 and parameter.numel() >= _HALF_ABOVE_ELEMENTS:
                rounded = parameter.half().float()
                if torch.isfinite(rounded).all():
                    parameter.copy_(rounded)


def _store_as_half(model: onnx.ModelProto) -> None:
    """Stores each large tensor as half precision, with a Cast to float32 before its use, where that loses nothing. Computation stays float32."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(tensor)
        if values.size < _HALF_ABOVE_ELEMENTS:
            continue
        with numpy.errstate(over="ignore"):
            half = values.astype(numpy.float16)
        if not numpy.array_equal(half.astype(numpy.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}.float16"))
        casts.append(onnx.helper.make_node("Cast", [tensor.name], [name], name=f"{name}.float32", to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _trace(graph: Graph, path: Path) -> None:
    with warnings.catch_warnings():
        # Each Python branch on a shape is warned about; the comparison at other shapes is what decides.
        warnings.simplefilter("ignore")
        with torch.no_grad():
            torch.onnx.export(
                graph.module,
                tuple(graph.trace[name] for name in graph.names.inputs),
                str(path),
                input_names=list(graph.names.inputs),
                output_names=list(graph.names.outputs),
                dynamic_axes={name: dict(axes) for name, axes in graph.dynamic_axes.items()},
                opset_version=OPSET,
                do_constant_folding=True,
                dynamo=False,
            )


def _initializer_bytes(model: onnx.ModelProto) -> int:
    return sum(len(tensor.raw_data) for tensor in model.graph.initializer)


def _save(model: onnx.ModelProto, path: Path, external_data_above_bytes: int) -> list[str]:
    """Names of the files beside the graph that hold its weights, relative to the graph's folder; none where they fit into it."""
    if _initializer_bytes(model) <= external_data_above_bytes:
        onnx.save_model(model, str(path))
        return []
    location = f"{path.name}_data"
    onnx.save_model(model, str(path), save_as_external_data=True, all_tensors_to_one_file=True, location=location, size_threshold=_EXTERNAL_TENSOR_BYTES)
    return [location] if (path.parent / location).is_file() else []


def export_graph(graph: Graph, folder: Path, *, half: bool, external_data_above_bytes: int = EXTERNAL_DATA_ABOVE_BYTES) -> list[str]:
    """Writes the graph into the folder of the model. Returns the paths of its external data in that folder.

    PyTorch spreads the weights of a large graph over many files; they are gathered in one, named after the graph as ONNX files on the hub are.
    """
    graph.module.eval()
    path = folder / graph.file
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".trace-") as scratch:
        traced = Path(scratch) / "model.onnx"
        _trace(graph, traced)
        model = onnx.load(str(traced))
    if half:
        _store_as_half(model)
    external = _save(model, path, external_data_above_bytes)
    for name in (path.name, *external):
        (path.parent / name).chmod(0o644)
    onnx.checker.check_model(str(path))
    return [(path.parent / name).relative_to(folder).as_posix() for name in external]
