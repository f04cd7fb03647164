"""The losses of StackGAN as formulas.

a: what a sentence says of each attribute, t: its embedding, t' that of a wrong one; f(x): features of D.
"""

from __future__ import annotations

from gan_core.formulas import Symbols, adversarial, penalties

_SYMBOLS = Symbols("x, t", "G(z, t), t")
_MATCHING = r"-\mathbb{E}[\log p(t \mid x) + \log p(x \mid t)], \quad p \propto e^{v(t) \cdot f(x)}"
_NAMING = r"-\mathbb{E}[\textstyle\sum_k \log p_k(a_k \mid f(x))]"
FORMULAS = {
    "pictures/matching_sketch": _MATCHING,
    "pictures/matching_picture": _MATCHING,
    "pictures/naming_sketch": _NAMING,
    "pictures/naming_picture": _NAMING,
    "sentences/matching_sketch": _MATCHING,
    "sentences/matching_picture": _MATCHING,
    "sentences/naming": r"-\mathbb{E}[\textstyle\sum_k \log p_k(a_k \mid t)]",
    "discriminator/adversarial": (
        r"\begin{aligned} & \mathbb{E}[-\log \sigma(C(x, t))] "
        r"+ \tfrac{1}{2} \mathbb{E}[-\log (1 - \sigma(C(G(z, t), t)))] \\ "
        r"& + \tfrac{1}{2} \mathbb{E}[-\log (1 - \sigma(C(x, t')))] \end{aligned}"
    ),
    "discriminator/naming": _NAMING,
    "discriminator/r1": penalties(_SYMBOLS)["discriminator/r1"],
    "generator/adversarial": adversarial("non_saturating", relativistic=False, symbols=_SYMBOLS)[
        "generator/adversarial"
    ],
    "generator/kl": (
        r"\lambda\, \mathbb{E}[\mathrm{KL}(\mathcal{N}(\mu(t), \sigma(t)^2) \,\Vert\, "
        r"\mathcal{N}(0, 1))]"
    ),
    "generator/naming": (r"-\lambda\, \mathbb{E}[\textstyle\sum_k \log p_k(a_k \mid f(G(z, t)))]"),
}
