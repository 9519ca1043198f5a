"""Sphinx configuration: Markdown pages, no network, every broken reference is an error."""

from importlib.metadata import version as installed_version

project = "avma_sim"
author = "The avma_sim developers"
copyright = author
version = release = installed_version("avma-sim")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "truth-table-cells.md"]  # the table is a part of truth-table.md

nitpicky = True
# The standard library and the libraries below us are named, but not linked: docs build without a network.
nitpick_ignore_regex = [(r"py:.*", r"(?!avma_sim\b).*")]

html_theme = "furo"
html_title = f"avma_sim {version}"
