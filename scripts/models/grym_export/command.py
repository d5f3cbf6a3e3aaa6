"""The command line. Parts that need PyTorch are imported when they are used: help, licences and checking need none."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .failure import ExportFailure, LicenceNotAccepted
from .layout import LAYOUTS
from .licences import require_accepted
from .manifest import problems_of

EXIT_FAILED = 1
EXIT_LICENCE = 3
_EXTERNAL_DATA_ABOVE_BYTES = 1_900_000_000
_EPILOGUE = "exit codes: 0 done, 1 failed (nothing is written), 2 wrong use, 3 licence not accepted"


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", kind: str, example: str) -> None:
    parser = commands.add_parser(kind, help=f"export {kind} (for example {example})", epilog=_EPILOGUE)
    parser.add_argument("source", help=f"repository on the hub, or a folder: {example}")
    parser.add_argument("--out", type=Path, required=True, help="folder to make; must not exist")
    parser.add_argument("--revision", help="commit, tag or branch of the repository")
    parser.add_argument("--licence", help="name of the weights' licence where it is not known here")
    parser.add_argument("--accept-licence", action="store_true", help="accept the licence of the weights, which is shown first")
    parser.add_argument("--weights", choices=("float32", "float16"), default="float32", help="how weights are stored; computation is float32 either way")
    parser.add_argument(
        "--external-data-above",
        type=int,
        default=_EXTERNAL_DATA_ABOVE_BYTES,
        metavar="BYTES",
        help="weights of a larger graph lie in a file beside it, model.onnx_data (default: %(default)s, the most that fits)",
    )
    if kind == "audioldm":
        parser.add_argument("--skip-generation", action="store_true", help="do not compare two whole generations")
        rows_help = "latent rows that the UNet is traced at; at multiples of 8 the check fails (default: %(default)s)"
        parser.add_argument("--unet-trace-rows", type=int, default=33, help=rows_help)


def _parser() -> argparse.ArgumentParser:
    description = "Exports checkpoints as folders of ONNX graphs that grym-synth runs."
    parser = argparse.ArgumentParser(prog="grym-export-models", description=description, epilog=_EPILOGUE)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for kind, example in (("audioldm", "cvssp/audioldm-s-full-v2"), ("clap", "laion/clap-htsat-unfused"), ("wav2vec2", "facebook/wav2vec2-base-960h")):
        _add_export(commands, kind, example)
    check = commands.add_parser("check", help="compare a folder with its grym-export.json; needs no PyTorch")
    check.add_argument("folder", type=Path)
    narrow = commands.add_parser("narrow", help="make a small checkpoint of random weights, to try the exporter with")
    narrow.add_argument("kind", choices=tuple(LAYOUTS))
    narrow.add_argument("--out", type=Path, required=True, help="folder to make; must not exist")
    narrow.add_argument("--seed", type=int, default=1)
    narrow.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another shape: see grym_export/narrow (JSON values)")
    reference = commands.add_parser("reference", help="write PyTorch's tensors for a run of a checkpoint into its exported folder, for npm run parity")
    reference.add_argument("kind", choices=tuple(LAYOUTS))
    reference.add_argument("checkpoint", type=Path)
    reference.add_argument("exported", type=Path)
    reference.add_argument("--seed", type=int, default=1)
    reference.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another fact of the run: see grym_export/reference (JSON values)")
    return parser


def _check(folder: Path) -> int:
    problems = problems_of(folder)
    for problem in problems:
        print(problem)
    print(f"{folder}: {'as its manifest says' if not problems else f'{len(problems)} problems'}")
    return EXIT_FAILED if problems else 0


def _export(words: argparse.Namespace) -> int:
    licence = require_accepted(words.source, words.licence, words.accept_licence)
    from .export import Options, export_model

    options = Options(
        out=words.out,
        half=words.weights == "float16",
        external_data_above_bytes=words.external_data_above,
        check_generation=not getattr(words, "skip_generation", True),
        unet_trace_rows=getattr(words, "unet_trace_rows", 0),
    )
    export_model(words.command, words.source, words.revision, licence, options)
    return 0


def _run(words: argparse.Namespace) -> int:
    if words.command == "check":
        return _check(words.folder)
    if words.command == "narrow":
        from .narrow import make_narrow

        make_narrow(words.kind, words.out, words.seed, words.set)
        return 0
    if words.command == "reference":
        from .reference import write_reference

        write_reference(words.kind, words.checkpoint, words.exported, words.seed, words.set)
        return 0
    return _export(words)


def main(arguments: Sequence[str] | None = None) -> int:
    words = _parser().parse_args(arguments)
    try:
        return _run(words)
    except LicenceNotAccepted as failure:
        print(failure, file=sys.stderr)
        return EXIT_LICENCE
    except ExportFailure as failure:
        print(failure, file=sys.stderr)
        return EXIT_FAILED
    except ModuleNotFoundError as missing:
        print(f"{missing.name} is not installed. uvx brings it: uvx --from ./scripts/models grym-export-models …", file=sys.stderr)
        return EXIT_FAILED
