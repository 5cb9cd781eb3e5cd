"""Every tool there is, in the order in which they are listed."""

from __future__ import annotations

from aieco_assets.core.tools import documents, graph, models, numbers, planning
from aieco_assets.core.tools.tool import Tool

TOOLS: tuple[Tool, ...] = (*documents.TOOLS, *numbers.TOOLS, *graph.TOOLS, *models.TOOLS, *planning.TOOLS)
# Those that need no more than the service has.
OVER_HTTP = tuple(tool for tool in TOOLS if not tool.at_the_machine)
