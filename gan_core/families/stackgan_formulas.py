"""The losses of StackGAN as formulas.

a: what a sentence says of each attribute, t: its embedding, t' that of a wrong one; f(x): features of D.
"""

from __future__ import annotations

from gan_core.formulas import Symbols, adversarial, penalties

_SYMBOLS = Symbols("x, t", "G(z, t), t")
_MATCHING = r"-\mathbb{E}[\log p(t \mid x) + \log p(x \mid t)], \quad p \propto e^{v(t) \cdot f(x)}"
_NAMING = r"-\mathbb{E}[\textstyle\sum_k \log p_k(a_k \mid f(x))]"
_SHARED = {
    "pictures/matching_sketch": _MATCHING,
    "pictures/matching_picture": _MATCHING,
    "pictures/naming_sketch": _NAMING,
    "pictures/naming_picture": _NAMING,
    "sentences/matching_sketch": _MATCHING,
    "sentences/matching_picture": _MATCHING,
    "sentences/naming": r"-\mathbb{E}[\textstyle\sum_k \log p_k(a_k \mid t)]",
    "discriminator/naming": _NAMING,
    "generator/kl": (
        r"\lambda\, \mathbb{E}[\mathrm{KL}(\mathcal{N}(\mu(t), \sigma(t)^2) \,\Vert\, "
        r"\mathcal{N}(0, 1))]"
    ),
    "generator/naming": (r"-\lambda\, \mathbb{E}[\textstyle\sum_k \log p_k(a_k \mid f(G(z, t)))]"),
}


def formulas_of(loss: str, *, relativistic: bool) -> dict[str, str]:
    """The losses by name.

    Args:
        loss: A key of `gan_core.losses.LOSSES`.
        relativistic: Each real picture is scored against a drawn one, and against itself with a wrong
            sentence.
    """
    drawn = adversarial(loss, relativistic=relativistic, symbols=_SYMBOLS)
    wrong = adversarial(loss, relativistic=relativistic, symbols=_SYMBOLS._replace(fake="x, t'"))
    first, second = (
        rf"\tfrac{{1}}{{2}} \left({game['discriminator/adversarial']}\right)" for game in (drawn, wrong)
    )
    both = rf"\begin{{aligned}} & {first} \\ & + {second} \end{{aligned}}"
    return _SHARED | penalties(_SYMBOLS) | drawn | {"discriminator/adversarial": both}
