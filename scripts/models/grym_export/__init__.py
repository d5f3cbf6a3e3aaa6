"""Turns AudioLDM, CLAP and wav2vec2 checkpoints into the folders of ONNX graphs that grym-synth runs."""

__version__ = "0.1.0"
