"""Cause mode collapse and cure it: lessons, twin runs, small sweeps."""

import streamlit as st

from pages.components import shell
from pages.components.kitchen import page

shell.open_page("pages/kitchen.py")
page.show(st.query_params.to_dict())
