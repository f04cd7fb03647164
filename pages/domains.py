"""Two domains and no pairs: translate a digit into a scene and back, and see which mode goes where."""

import streamlit as st

from pages.components import shell
from pages.components.domains import page

shell.open_page("pages/domains.py")
page.show(st.query_params.to_dict())
