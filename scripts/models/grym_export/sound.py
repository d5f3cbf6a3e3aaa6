"""A sound to compare models on: noise alone is unlike anything that they were made for."""

import numpy


def make_sound(seed: int, samples: int, rate: int) -> numpy.ndarray:
    """A few decaying tones with a little noise: float32 within ±1."""
    random = numpy.random.default_rng(seed)
    times = numpy.arange(samples) / rate
    sound = 0.02 * random.standard_normal(samples)
    for _ in range(6):
        frequency, onset = random.uniform(60, 6000), random.uniform(0, samples / rate * 0.7)
        envelope = numpy.where(times >= onset, numpy.exp(-random.uniform(1, 8) * numpy.maximum(times - onset, 0)), 0)
        sound += random.uniform(0.05, 0.2) * envelope * numpy.sin(2 * numpy.pi * frequency * times + random.uniform(0, 6))
    return numpy.clip(sound + 0.01, -1, 1).astype(numpy.float32)
