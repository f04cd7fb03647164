"""Every family of the lab, in the order the interface shows them."""

from __future__ import annotations

from gan_core.families.autoencoder import Autoencoder
from gan_core.families.cgan import Cgan
from gan_core.families.classifier import Classifier
from gan_core.families.dcgan import Dcgan
from gan_core.families.discogan import Discogan
from gan_core.families.infogan import Infogan
from gan_core.families.lapgan import Lapgan
from gan_core.families.mlp import MlpGan
from gan_core.families.pix2pix import Pix2pix
from gan_core.families.reader import Reader
from gan_core.families.rgan import Rgan
from gan_core.families.srgan import Srgan
from gan_core.families.stackgan import Stackgan
from gan_core.families.vae import Vae
from gan_core.family import Family

FAMILIES: dict[str, type[Family]] = {
    "dcgan": Dcgan,
    "cgan": Cgan,
    "infogan": Infogan,
    "lapgan": Lapgan,
    "pix2pix": Pix2pix,
    "discogan": Discogan,
    "autoencoder": Autoencoder,
    "vae": Vae,
    "srgan": Srgan,
    "stackgan": Stackgan,
    "mlp": MlpGan,
    "rgan": Rgan,
    "classifier": Classifier,
    "reader": Reader,
}
