"""Ask a trained generator for a class: grids, words, blends, and whether it does what it is asked for."""

import streamlit as st

from pages.components import shell
from pages.components.classes import page

shell.open_page("pages/classes.py")
page.show(st.query_params.to_dict())
