"""Autoencoder, VAE and GAN side by side: what each rebuilds, draws, and has between its codes."""

import streamlit as st

from pages.components import shell
from pages.components.compare_models import page

shell.open_page("pages/compare.py")
page.show(st.query_params.to_dict())
