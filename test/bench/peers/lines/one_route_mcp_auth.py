# One route for callers with a scope, by MCP Auth for Python. Not run: written to its API.
import os

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
# authorization:
from mcpauth import MCPAuth
from mcpauth.config import AuthServerType
from mcpauth.types import ResourceServerConfig, ResourceServerMetadata
from mcpauth.utils import fetch_server_config
from starlette.middleware import Middleware
# the rest:

resource = os.environ["RESOURCE"]
# authorization:
mcp_auth = MCPAuth(
    protected_resources=ResourceServerConfig(
        metadata=ResourceServerMetadata(
            resource=resource,
            authorization_servers=[
                fetch_server_config(os.environ["ISSUER"], AuthServerType.OIDC),
            ],
            scopes_supported=["read:notes"],
        ),
    ),
)
bearer_auth = Middleware(
    mcp_auth.bearer_auth_middleware(
        "jwt",
        resource=resource,
        audience=resource,
        required_scopes=["read:notes"],
    ),
)
# the rest:


def notes(request):
    return PlainTextResponse(mcp_auth.auth_info.subject)


app = Starlette(
    routes=[
        # authorization:
        *mcp_auth.resource_metadata_router().routes,
        # the rest:
        Route(
            "/notes",
            notes,
            # authorization:
            middleware=[bearer_auth],
            # the rest:
        ),
    ],
)
uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
