"""A small byte-level BPE of RoBERTa's form, learnt from words about music."""

import json
import random
from pathlib import Path

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_ADJECTIVES = "dark bright warm cold analog digital dusty clean distorted gritty airy wide deep short long noisy slow fast sparse busy punchy soft".split()
_NOUNS = "bass kick snare hat clap pad lead pluck arpeggio chord drone riff loop groove break fill texture string brass organ bell vocal noise".split()
_GENRES = "techno house ambient jungle dub trance electro funk jazz hip-hop drum-and-bass garage minimal industrial synthwave".split()
_KEYS = [f"{note} {mode}" for note in "A B C D E F G A# C# D# F# G# Bb Eb".split() for mode in ("minor", "major", "dorian")]


def _sentences(seed: int) -> list[str]:
    draw = random.Random(seed)

    def sentence() -> str:
        words = [draw.choice(kind) for kind in (_ADJECTIVES, _ADJECTIVES, _NOUNS, _NOUNS, _GENRES)]
        return f"{' '.join(words)}, {draw.randint(60, 190)} bpm, {draw.randint(1, 16)} bars, {draw.choice(_KEYS)}"

    return [sentence() for _ in range(400)]


def write_tokenizer_files(folder: Path, seed: int, vocabulary: int, length: int) -> None:
    """tokenizer.json, vocab.json, merges.txt and tokenizer_config.json."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=list(_SPECIAL), initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(_sentences(seed), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.model.save(str(folder))
    roles = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "mask": "<mask>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>"}
    config = {
        **{f"{role}_token": token for role, token in roles.items()},
        "model_max_length": length,
        "tokenizer_class": "RobertaTokenizer",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
