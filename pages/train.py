"""Everything about a run: settings, transport, pictures, curves, timeline, the list of runs."""

import streamlit as st

from pages.components import (
    actions,
    details,
    dialogs,
    run_list,
    services,
    setup,
    shell,
    stage,
    transport,
    view,
    welcome,
)

shell.open_page("pages/train.py")
services.launcher()
store = services.store()
runs = store.runs()
shown = view.resolve(st.query_params.to_dict(), runs, store.checkpoint_steps)
view.remember(shown)

with st.sidebar:
    settings = setup.show(shown, setup.settings_now(shown))

shell.show_notices()
run_list.top_bar(shown, runs)
counter = transport.show(shown, settings.config, settings.changes)
actions.show_problem()
if settings.problem:  # here, since the settings that do not fit may be far down the sidebar
    st.error(settings.problem, icon=":material/error:")
if shown.notice:
    st.info(shown.notice, icon=":material/link_off:")
if shown.kind == "run" and shown.run is not None:
    stage.show(shown.run, counter)
else:
    welcome.show(shown, settings.config)
details.show(shown.run if shown.kind == "run" else None)
dialogs.show(runs)
run_list.watch(shown, runs)
