"""See a picture built from coarse to fine, level by level, and draw any level's noise anew."""

import streamlit as st

from pages.components import shell
from pages.components.pyramid import page

shell.open_page("pages/pyramid.py")
page.show(st.query_params.to_dict())
