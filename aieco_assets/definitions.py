"""The Dagster entry point: everything under `defs/`, nothing else."""

import warnings
from pathlib import Path

import dagster as dg

from aieco_assets.core.garbage_collection import collect_rarely


@dg.definitions
def defs() -> dg.Definitions:
    collect_rarely()
    # `dg.load_from_defs_folder` would also load every component type of every installed integration, for a page of the
    # UI that documents them: a second of the four that loading takes. Types of our `defs.yaml` are imported by name.
    tree = dg.ComponentTree.for_project(Path(__file__).parent)
    with warnings.catch_warnings():
        # What is new in Dagster is used knowingly, its versions being pinned.
        for category in (dg.BetaWarning, dg.PreviewWarning):
            warnings.simplefilter("ignore", category)
        try:
            made = tree.build_defs(tree.defs_module_path)
            made.resolve_asset_graph()  # else done later, out of here: checks of components warn only then
            return made
        except Exception as error:
            from aieco_assets.components.refusal import refusal

            if said := refusal(error, tree.project_root):
                raise said from error
            raise
