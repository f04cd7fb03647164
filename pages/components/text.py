"""Words and numbers as people read them: no raw names, plain units."""

from __future__ import annotations

import html
import math
import re

_WORDS = {
    "ac": "AC", "cpu": "CPU", "cuda": "CUDA GPU", "d": "D", "dcgan": "DCGAN", "elu": "ELU", "ema": "EMA",
    "g": "G", "gan": "GAN", "gp": "GP", "infogan": "InfoGAN", "kl": "KL", "l1": "L1", "lr": "learning rate",
    "level1": "level 1", "level2": "level 2", "level3": "level 3", "level4": "level 4", "level5": "level 5",
    "mlp": "MLP", "mnist": "MNIST", "mps": "Apple GPU", "q": "Q", "r1": "R1", "r2": "R2", "relu": "ReLU",
    "rmsprop": "RMSprop", "sgd": "SGD", "srgan": "SRGAN", "stage1": "Stage I", "stage2": "Stage II",
    "vae": "VAE", "wgan": "WGAN",
}  # fmt: skip
_WHOLE = {
    "non_saturating": "Non-saturating", "leaky_relu": "Leaky ReLU", "torch": "PyTorch's own",
    "auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16", "wgan-gp": "WGAN-GP",
    "paper-2015": "2015 paper", "paper-2016": "2016 paper", "paper-2017": "2017 paper",
    "tanh": "tanh", "z": "z", "cgan": "cGAN",
    "information_cat": "I(c; x) of the categorical codes, in nats",
    "information_cont": "I(c; x) of the continuous codes, in nats",
    "information_real": "Kind of a real image and of its distorted copy, shared nats",
    "stackgan": "StackGAN", "rgan": "RGAN",
    "d_wrong_text": "D's mean answer to real scenes with a wrong sentence",
    "psnr": "PSNR of the enlarged images, in decibels", "warm-up": "Warm-up",
    "lapgan": "LAPGAN",
    **{f"d_{of}_level{n}": f"D({of}) of level {n}" for of in ("real", "fake") for n in range(1, 6)},
    "pix2pix": "pix2pix", "pix2pix-digits": "pix2pix digits", "pix2pix-mnist": "pix2pix MNIST",
    "difference": "Mean difference to the real image, of the range 0 to 1",
    "diversity": "Change of the image over change of its noise",
    "elbo": "Evidence lower bound (with beta 1), in nats",
    "kl_nats": "KL of the codes to the prior, in nats",
    "codes_in_use": "Numbers of the code that carry something",
    "classroom": "Classroom (3 minutes)",
    "rows": "Rows of images",
    "class_accuracy": "Real images whose class D names right",
    "discogan": "DiscoGAN", "judges_a": "on A", "judges_b": "on B", "r1_a": "R1 on A", "r1_b": "R1 on B",
    "to_a": "makes A", "to_b": "makes B", "loop_a": "loop A → B → A", "loop_b": "loop B → A → B",
    "features_a": "features of A", "features_b": "features of B",
    "d_real_a": "D(real) on A", "d_fake_a": "D(fake) on A",
    "g_ab": "G, A → B", "g_ba": "G, B → A", "d_a": "D of A", "d_b": "D of B",
}  # fmt: skip


def title(name: str) -> str:
    """A name from code as a label: "least_squares" -> "Least squares", "wgan-gp" -> "WGAN-GP"."""
    if name in _WHOLE:
        return _WHOLE[name]
    words = [_WORDS.get(word, word) for word in re.split(r"[_\-\s]+", name) if word]
    label = " ".join(words)
    return label[:1].upper() + label[1:]


def curve_title(name: str) -> str:
    """The label of a recorded value: "discriminator/r1" -> "Discriminator: R1"."""
    if name in ("d_real", "d_fake"):
        return "D(real)" if name == "d_real" else "D(fake)"
    first, *rest = name.split("/")
    if first == "grad_norm":
        return ", ".join(title(part) for part in rest)
    return title(first) + (": " + " ".join(lower_first(title(part)) for part in rest) if rest else "")


def lower_first(label: str) -> str:
    """A label inside a sentence; names such as "KL" and "R1" keep their capital."""
    return label if label[1:2].isupper() or label[1:2].isdigit() else label[:1].lower() + label[1:]


def setting_mark(name: str, value: object) -> str:
    """A changed setting as a short label in a chart: "lr G 2e-4"."""
    short = {"generator": "G", "discriminator": "D", "d": "D", "g": "G"}
    words = " ".join(short.get(word, word) for word in name.split("_"))
    if isinstance(value, bool):
        return f"{words} {'on' if value else 'off'}"
    shown = short_number(value) if isinstance(value, (int, float)) else title(str(value)).lower()
    return f"{words} {shown}"


def step_counter(step: int) -> str:
    """A step as the counter shows it: "000,000", "012,500"."""
    return f"{step:07,d}"


def short_number(value: float) -> str:
    """A value with three significant figures: "0.693", "1e-05", "12.3"; a whole number in full."""
    if not math.isfinite(value):
        return "not a number"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,d}"
    if value != 0 and abs(value) < 1e-3:
        digits, power = f"{value:.2e}".split("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def duration(seconds: float) -> str:
    """A span of time: "8 s", "2 min 05 s", "1 h 20 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def escape(text: str) -> str:
    """Text that is safe inside HTML."""
    return html.escape(text, quote=True)


def escape_markdown(text: str) -> str:
    """Text that a person typed, safe inside Streamlit's Markdown."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", text)
