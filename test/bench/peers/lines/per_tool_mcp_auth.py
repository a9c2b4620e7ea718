# A scope for each tool of an MCP server, by MCP Auth for Python. Not run.
import contextlib
import os

import uvicorn
from mcp.server.fastmcp import FastMCP
from starlette.applications import Starlette
from starlette.routing import Mount
# authorization:
from mcpauth import MCPAuth
from mcpauth.config import AuthServerType
from mcpauth.exceptions import BearerAuthExceptionCode, MCPAuthBearerAuthException
from mcpauth.types import ResourceServerConfig, ResourceServerMetadata
from mcpauth.utils import fetch_server_config
from starlette.middleware import Middleware
# the rest:

resource = os.environ["RESOURCE"]
mcp = FastMCP("todos", stateless_http=True)
# authorization:
mcp_auth = MCPAuth(
    protected_resources=ResourceServerConfig(
        metadata=ResourceServerMetadata(
            resource=resource,
            authorization_servers=[
                fetch_server_config(os.environ["ISSUER"], AuthServerType.OIDC),
            ],
            scopes_supported=["read:todos", "create:todos"],
        ),
    ),
)
bearer_auth = Middleware(
    mcp_auth.bearer_auth_middleware("jwt", resource=resource, audience=resource),
)


def need(scope):
    if scope not in mcp_auth.auth_info.scopes:
        raise MCPAuthBearerAuthException(BearerAuthExceptionCode.MISSING_REQUIRED_SCOPES)
# the rest:


@mcp.tool(name="get-todos")
def get_todos() -> list[str]:
    """Lists todos."""
    # authorization:
    need("read:todos")
    # the rest:
    return []


@mcp.tool(name="create-todo")
def create_todo() -> str:
    """Makes a todo."""
    # authorization:
    need("create:todos")
    # the rest:
    return mcp_auth.auth_info.subject


@contextlib.asynccontextmanager
async def lifespan(app):
    async with mcp.session_manager.run():
        yield


app = Starlette(
    routes=[
        # authorization:
        *mcp_auth.resource_metadata_router().routes,
        # the rest:
        Mount(
            "/",
            app=mcp.streamable_http_app(),
            # authorization:
            middleware=[bearer_auth],
            # the rest:
        ),
    ],
    lifespan=lifespan,
)
uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
