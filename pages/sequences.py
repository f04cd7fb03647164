"""Look into a generator with a memory: what it writes step by step, what it remembers, what D says."""

import streamlit as st

from pages.components import shell
from pages.components.sequences import page

shell.open_page("pages/sequences.py")
page.show(st.query_params.to_dict())
