"""examples/connect/README.md shows configurations that are JSON of the shape that each client
reads, with addresses that its own commands serve; names the redirect URIs that
test/interop/hosts.test.mjs tries; and has every picture that it shows, small, and no others."""
import json
import pathlib
import re
import struct
import sys

root = pathlib.Path(__file__).resolve().parents[2]
folder = root / "examples/connect"
page = (folder / "README.md").read_text(encoding="utf-8")
hosts = (root / "test/interop/hosts.test.mjs").read_text(encoding="utf-8")
LARGEST_PICTURE = 60 * 1024
# The files that clients read, what holds the servers there, and what an entry may have.
SHAPES = {
    ".mcp.json": ("mcpServers", {"type", "url", "headers", "oauth"}),
    ".vscode/mcp.json": ("servers", {"type", "url", "headers", "oauth"}),
    ".cursor/mcp.json": ("mcpServers", {"url", "headers", "auth"}),
    "inspector.json": ("mcpServers", {"type", "url", "protocolEra", "oauth"}),
}
mistakes = []


def unique(pairs):
    """A member that is there twice is read in two ways."""
    found = dict(pairs)
    if len(found) != len(pairs):
        mistakes.append(f"a name is there twice: {pairs}")
    return found


def snippets():
    """Each JSON block, with the file that the text above it names last."""
    for block in re.finditer(r"^```json\n(.*?)^```$", page, re.S | re.M):
        above = page[:block.start()].rstrip("\n").split("\n\n")[-1]
        named = re.findall(r"`([\w./]*json)`", above)
        yield named[-1] if named else None, block[1]


def served():
    """The addresses of the servers that the page has started."""
    return {f"http://127.0.0.1:{port}/mcp"
            for port in re.findall(
                r"build-release/examples/(?!authorization)\S+ --port (\d+)", page)}


def check_server(file, name, server, allowed):
    where = f"{file}: {name}"
    if not set(server) <= allowed:
        mistakes.append(f"{where} has {sorted(set(server) - allowed)}")
    url = server.get("url")
    if url not in served() and not str(url).startswith("https://mcp.example.com/"):
        mistakes.append(f"{where} leads to {url}, which nothing here serves")
    if "type" in allowed and server.get("type") != "http":
        mistakes.append(f"{where} does not say that it is http")


def check_snippets():
    seen = set()
    for file, text in snippets():
        seen.add(file)
        if file not in SHAPES:
            mistakes.append(f"no client reads {file}")
            continue
        holder, allowed = SHAPES[file]
        document = json.loads(text, object_pairs_hook=unique)
        others = set(document) - {holder} - ({"inputs"} if holder == "servers" else set())
        if holder not in document or others:
            mistakes.append(f"{file} has {sorted(document)}")
            continue
        for name, server in document[holder].items():
            check_server(file, name, server, allowed)
    for file in sorted(set(SHAPES) - seen):
        mistakes.append(f"there is no {file}")


def check_redirect_uris():
    tried = {uri for found in re.findall(r"redirect_uris: \[(.*?)\]", hosts, re.S)
             for uri in re.findall(r"'([^']+)'", found)}
    if len(tried) < 8:
        mistakes.append(f"test/interop/hosts.test.mjs tries {sorted(tried)} only")
    for uri in sorted(tried):
        if f"`{uri}`" not in page:
            mistakes.append(f"{uri} is tried, and not on the page")


def check_pictures():
    shown = set(re.findall(r"!\[[^\]]+\]\(([\w-]+\.png)\)", page))
    have = {path.name for path in folder.glob("*.png")}
    for name in sorted(shown ^ have):
        mistakes.append(f"{name} is {'shown' if name in shown else 'there'} and not "
                        f"{'there' if name in shown else 'shown'}")
    for name in sorted(have):
        data = (folder / name).read_bytes()
        if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) > LARGEST_PICTURE:
            mistakes.append(f"{name} is no PNG of at most {LARGEST_PICTURE} bytes")
        elif min(struct.unpack(">II", data[16:24])) < 200:
            mistakes.append(f"{name} shows nothing")
    if len(have) < 4:
        mistakes.append(f"only {len(have)} pictures")


check_snippets()
check_redirect_uris()
check_pictures()
for mistake in mistakes:
    print(mistake)
sys.exit(1 if mistakes else 0)
