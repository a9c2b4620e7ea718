"""Counts the lines of these programs that are neither blank nor comment, and of those the
ones that are there for authorization; two pages show this table, and none another one."""
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
TASKS = (("one_route", "one protected route"),
         ("two_resources", "two resources, two issuers"),
         ("per_tool", "a scope for each tool"))
KINDS = ((".c", "mcpauth, C"), ("_settings.c", "mcpauth, C and a settings file"), ("_mcp_auth.mjs", "MCP Auth 0.2, Node"),
         ("_mcp_auth.py", "MCP Auth 0.2, Python (not run)"), ("_sdk.mjs", "TypeScript SDK 1.32, jose"))
# One program for any number of routes.
SHARED = {"one_route_settings.c": "routes_settings.c", "two_resources_settings.c": "routes_settings.c"}
COMMENTS = {".c": "/*", ".mjs": "//", ".py": "#"}
BEGIN, END = "authorization:", "the rest:"


def count(path):
    mark = COMMENTS[path.suffix]
    whole, ours, inside = 0, 0, False
    for line in map(str.strip, path.read_text(encoding="utf-8").splitlines()):
        if line.startswith(mark):
            inside = BEGIN in line or (inside and END not in line)
            # A preprocessor's line is code; a comment over several lines is not written here.
            assert mark != "/*" or line.endswith("*/"), f"{path.name}: {line}"
        elif line:
            whole += 1
            ours += inside
    assert not inside, f"{path.name}: the last part has no end"
    return whole, ours


def count_all(task, ending):
    name = task + ending
    whole, ours = count(here / SHARED.get(name, name))
    if ending != "_settings.c":
        return f"{whole} · {ours}"
    settings = (here / f"{task}.json").read_text(encoding="utf-8").splitlines()
    return f"{whole} · {ours}, JSON {sum(line.strip() != '' for line in settings)}"


def table():
    yield "| lines of the program · for authorization | " + " | ".join(name for _, name in TASKS) + " |"
    yield "|---|" + "---:|" * len(TASKS)
    for ending, kind in KINDS:
        cells = [count_all(task, ending) for task, _ in TASKS]
        yield f"| {kind} | " + " | ".join(cells) + " |"


lines = list(table())
print("\n".join(lines))
root = here.parents[3]
showing = [here / "README.md", root / "examples/from-mcp-auth.md"]
pages = [*showing, *(page for page in (*root.glob("*.md"), *root.glob("examples/**/*.md"))
                     if page not in showing)]
wrong = [page for page in pages
         if lines[0] in (text := page.read_text(encoding="utf-8")) and "\n".join(lines) not in text]
wrong += [page for page in showing if lines[0] not in page.read_text(encoding="utf-8")]
for page in wrong:
    print(f"{page.relative_to(root)} has another table")
sys.exit(bool(wrong))
