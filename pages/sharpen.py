"""Enlarge a small picture by plain rules and by trained networks, and see which detail is true."""

import streamlit as st

from pages.components import shell
from pages.components.sharpen import page

shell.open_page("pages/sharpen.py")
page.show(st.query_params.to_dict())
