"""Move through a trained generator's latent space: sliders, walks, arithmetic, a map, searches."""

import streamlit as st

from pages.components import shell
from pages.components.explore import page

shell.open_page("pages/explore.py")
page.show(st.query_params.to_dict())
