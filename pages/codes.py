"""What a generator's codes mean: sweep them, compare kinds with classes, read them off a drawing."""

import streamlit as st

from pages.components import shell
from pages.components.codes import page

shell.open_page("pages/codes.py")
page.show(st.query_params.to_dict())
