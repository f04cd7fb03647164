"""The 2-D lab: a whole GAN in view, point by point and layer by layer."""

import streamlit as st

from pages.components import shell
from pages.components.lab import page

shell.open_page("pages/lab.py")
page.show(st.query_params.to_dict())
