"""Spot the fake: detectors trained on the fakes of one generator, tested on those of all."""

import streamlit as st

from pages.components import shell
from pages.components.spot import page

shell.open_page("pages/spot.py")
page.show(st.query_params.to_dict())
