"""The GAN lab: start it with `make app` or `streamlit run app.py`."""

from pages.components import shell

shell.navigation()
