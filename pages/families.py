"""The guide of the families: who grew out of whom, what each does in a training step, and how it fails."""

import streamlit as st

from pages.components import shell
from pages.components.families import page

shell.open_page("pages/families.py")
page.show(st.query_params.to_dict())
