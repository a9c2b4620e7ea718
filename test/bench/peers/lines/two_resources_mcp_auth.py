# Two resources, each with an issuer of its own, by MCP Auth for Python. Not run.
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


def described(resource, issuer, scope):
    return ResourceServerConfig(
        metadata=ResourceServerMetadata(
            resource=resource,
            authorization_servers=[fetch_server_config(issuer, AuthServerType.OIDC)],
            scopes_supported=[scope],
        ),
    )


def admitted(resource, scope):
    return Middleware(
        mcp_auth.bearer_auth_middleware(
            "jwt",
            resource=resource,
            audience=resource,
            required_scopes=[scope],
        ),
    )


mcp_auth = MCPAuth(
    protected_resources=[
        described(os.environ["NOTES"], os.environ["NOTES_ISSUER"], "read:notes"),
        described(os.environ["TODOS"], os.environ["TODOS_ISSUER"], "read:todos"),
    ],
)
# the rest:


def who(request):
    return PlainTextResponse(mcp_auth.auth_info.subject)


app = Starlette(
    routes=[
        # authorization:
        *mcp_auth.resource_metadata_router().routes,
        # the rest:
        Route(
            "/notes",
            who,
            # authorization:
            middleware=[admitted(os.environ["NOTES"], "read:notes")],
            # the rest:
        ),
        Route(
            "/todos",
            who,
            # authorization:
            middleware=[admitted(os.environ["TODOS"], "read:todos")],
            # the rest:
        ),
    ],
)
uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
