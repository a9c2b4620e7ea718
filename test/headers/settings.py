"""Every field of the configuration structs can be set from a settings file, but
for callbacks and what exists only in memory."""
import json
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
schema = json.loads((root / "lib/settings.schema.json").read_text(encoding="utf-8"))
defs = schema["$defs"]
# What is told by calls of its own, not by a field.
calls = {"resource": {"audiences", "recipients", "implied_scopes", "issuers", "static_tokens"},
         "issuer": {"accepted_issuer_values", "introspection"},
         "route": {"path", "prefix", "public"}}
sections = (
    ("lib/include/mcpauth/auth.h", "mcpauth_config", schema["properties"]["auth"], set()),
    ("lib/include/mcpauth/resource.h", "mcpauth_resource_config", defs["resource"], set()),
    # The same as "metadata", which the file can say.
    ("lib/include/mcpauth/issuer.h", "mcpauth_issuer_config", defs["issuer"],
     {"server_metadata"}),
    ("lib/include/mcpauth/introspection.h", "mcpauth_introspection_config",
     defs["issuer"]["properties"]["introspection"], set()),
    ("middleware/include/mcpauth/chain.h", "mcpauth_chain_config",
     schema["properties"]["chain"], set()),
    ("middleware/include/mcpauth/chain.h", "mcpauth_policy", defs["route"], set()),
    # One policy for all methods.
    ("middleware/include/mcpauth/chain.h", "mcpauth_policy", schema["properties"]["rest"],
     {"methods"}),
    ("middleware/include/mcpauth/chain.h", "mcpauth_logout_endpoint",
     schema["properties"]["logout"], set()),
    ("middleware/include/mcpauth/operations.h", "mcpauth_operation", defs["operation"], set()),
    ("middleware/include/mcpauth/cors.h", "mcpauth_cors", schema["properties"]["cors"], set()),
    ("middleware/include/mcpauth/rate_limit.h", "mcpauth_rate_limit",
     schema["properties"]["rate_limit"], set()),
    # Where lines go and with which key is the program's affair.
    ("middleware/include/mcpauth/access_log.h", "mcpauth_access_log",
     schema["properties"]["access_log"], {"descriptor", "key", "key_length"}),
    ("middleware/include/mcpauth/metrics.h", "mcpauth_metrics",
     schema["properties"]["metrics"], set()),
)


def fields(header, name):
    text = re.sub(r"/\*.*?\*/", "", (root / header).read_text(encoding="utf-8"), flags=re.S)
    body = re.search(r"struct " + name + r" \{(.*?)\n\};", text, re.S).group(1)
    for declaration in filter(None, map(str.strip, body.split(";"))):
        kind, field = re.fullmatch(r"(.*?)\s*\**(\w+)", declaration, re.S).groups()
        if field != "size" and kind != "void" and not kind.endswith("_fn"):
            yield field


wrong = 0
for header, name, schema_object, left_out in sections:
    have = set(schema_object["properties"])
    have -= next((extra for key, extra in calls.items() if schema_object is defs[key]), set())
    want = set(fields(header, name)) - left_out
    assert want, f"no fields found in {name}"
    for field in sorted(want ^ have):
        print(f"{name}.{field}: {'not in the schema' if field in want else 'no such field'}")
        wrong += 1
    print(f"{name}: {len(want)} fields")
sys.exit(wrong != 0)
