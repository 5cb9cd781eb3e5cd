"""The tools as an MCP server: the official SDK's, over whatever carries its messages. It offers nothing but tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aieco_assets.core.tools.calling import Refused, call
from aieco_assets.core.tools.tool import DATA_NOT_ORDERS, Platform, Tool

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

NAME, VERSION = "aieco", "1"
INSTRUCTIONS = (
    "A company's data and models: documents answered with verified citations, governed numbers, lineage, model "
    "history, predictions. All tools read; none writes. Say what a tool says, with its source, and that it abstained "
    f"where it did. {DATA_NOT_ORDERS}"
)
# Who calls, by the request that the transport has (None over stdio): what they may do, and the platform as they see it.
Caller = tuple[Callable[[str], bool], Platform]


def mcp_server(tools: Sequence[Tool], caller_of: Callable[[Any], Caller]) -> Server[Any]:
    """A server of these tools. A caller is shown those that their key may call."""
    import mcp_types as types
    from mcp.server.lowlevel import Server

    async def listed(context: Any, params: Any) -> types.ListToolsResult:
        may, _ = caller_of(context.request)
        return types.ListToolsResult(tools=[_shown(tool) for tool in tools if may(tool.scope)])

    async def called(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        may, platform = caller_of(context.request)
        found = await call(tools, params.name, params.arguments or {}, platform, may)
        if isinstance(found, Refused):
            return types.CallToolResult(content=[types.TextContent(text=found.sentence)], is_error=True)
        text = json.dumps(found, ensure_ascii=False)
        return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=found)

    server: Server[Any] = Server(
        NAME, version=VERSION, instructions=INSTRUCTIONS, on_list_tools=listed, on_call_tool=called
    )
    server.middleware.clear()  # spans of the SDK's own: ours are in core/monitoring/tracing.py
    return server


@lru_cache(maxsize=64)
def _shown(tool: Tool) -> Any:
    import mcp_types as types

    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.takes.model_json_schema(),
        output_schema=tool.gives.model_json_schema(mode="serialization"),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        ),
    )
