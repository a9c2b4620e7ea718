"""examples/options.md has a row for every field of every public struct that is
filled in by its user, and for every member of the settings file; and no others. A client's
own struct has its table in the client's guide, which also tells what to do about each of
the client's codes."""
import json
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
schema = json.loads((root / "lib/settings.schema.json").read_text(encoding="utf-8"))
headers = {path: re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
           for folder in ("lib", "middleware")
           for path in sorted((root / folder / "include/mcpauth").glob("*.h"))}
# Where the file has the fields of a struct.
objects = {"mcpauth_config": schema["properties"]["auth"],
           "mcpauth_resource_config": schema["$defs"]["resource"],
           "mcpauth_issuer_config": schema["$defs"]["issuer"],
           "mcpauth_introspection_config":
               schema["$defs"]["issuer"]["properties"]["introspection"],
           "mcpauth_policy": schema["$defs"]["route"],
           "mcpauth_chain_config": schema["properties"]["chain"],
           "mcpauth_logout_endpoint": schema["properties"]["logout"],
           "mcpauth_operation": schema["$defs"]["operation"],
           "mcpauth_cors": schema["properties"]["cors"],
           "mcpauth_rate_limit": schema["properties"]["rate_limit"],
           "mcpauth_access_log": schema["properties"]["access_log"],
           "mcpauth_metrics": schema["properties"]["metrics"]}
mistakes = []


def declared_fields(body):
    for declaration in filter(None, map(str.strip, body.split(";"))):
        function = re.search(r"\(\*(\w+)\)\(", declaration)
        yield function.group(1) if function else re.search(r"(\w+)$", declaration).group(1)


def structs():
    found = {}
    for text in headers.values():
        for name, body in re.findall(r"struct (mcpauth_\w+) \{\s*size_t size;(.*?)\n\};",
                                     text, re.S):
            found[name] = set(declared_fields(body))
    return found


def rows(section):
    """Each row's first cell's names, and its cells by their columns' names."""
    columns = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not line.startswith("|"):
            columns = []
        elif not columns:
            columns = cells
        elif not set(line) <= set("|- ") and columns[0] in ("field", "member of the file"):
            yield re.findall(r"`([\w$#]+)`", cells[0]), dict(zip(columns, cells))


def compare(what, want, have):
    for name in sorted(want - have):
        mistakes.append(f"{what}: {name} has no row")
    for name in sorted(have - want):
        mistakes.append(f"{what}: there is no {name}")


def check_kind(name, cells, in_file):
    """What the page says of a field in the file is what the schema says."""
    said = cells["in the file"]
    member = in_file.get(name)
    if (member is None) != (said == "no"):
        mistakes.append(f"{name}: {said!r} in the file, but the schema says otherwise")
        return
    kinds = {"string": "text", "integer": "number", "boolean": "flag", "array": "list",
             "object": "an object"}
    kind = kinds[member["type"]] if member and "type" in member else None
    if kind is not None and not said.startswith(kind):
        mistakes.append(f"{name}: {said!r} in the file is really {kind!r}")
    if member and member.get("type") == "integer":
        # An issuer's max_age of 0 is a limit as any other.
        by_zero = member["minimum"] == 0 and "since `iat`" not in cells["what it does"]
        if by_zero != ("0 is none" in said):
            mistakes.append(f"{name}: {said!r} in the file, its minimum {member['minimum']}")


def check_section(name, section, fields):
    told, members = set(), set()
    in_file = objects.get(name, {}).get("properties", {})
    for names, cells in rows(section):
        if "field" not in cells:
            members.update(n for n in names if "#" not in n)
            check_calls(cells)
            continue
        told.update(names)
        for field in names if name in objects else ():
            check_kind(field, cells, in_file)
    compare(f"struct {name}", fields, told)
    if name in objects:
        compare(f"settings of {name}", set(in_file) - fields, members)


def check_calls(cells):
    for call in re.findall(r"`(mcpauth_\w+)\(\)`", cells["call"]):
        if not any(re.search(rf"\b{call}\(", text) for text in headers.values()):
            mistakes.append(f"there is no {call}()")


def sections_of(text):
    return re.split(r"^##+ ", text, flags=re.M)[1:]


def check_page(text, client):
    known = structs()
    told = {}
    for section in sections_of(client) + sections_of(text):
        name = re.search(r"`struct (\w+)`", section.splitlines()[0])
        if name:
            told[name.group(1)] = section
        elif section.startswith("The rest of the file"):
            names = set()
            for row, cells in rows(section):
                names.update(row)
                check_calls(cells)
            compare("settings", set(schema["properties"]), names)
    compare("structs", set(known), set(told))
    for name in sorted(set(known) & set(told)):
        check_section(name, told[name], known[name])
    return known


def check_readme(text, known):
    """The few that the README names are there, too."""
    section = re.search(r"^## Options\n(.*?)^## ", text, re.S | re.M).group(1)
    name = None
    for line in re.findall(r"^\| (?!struct|-).*$", section, re.M):
        cells = line.split("|")
        name = (re.findall(r"`(\w+)`", cells[1]) or [name])[0]
        for field in re.findall(r"`(\w+)`", cells[2]):
            if field not in known.get(name, ()):
                mistakes.append(f"README.md: there is no {name}.{field}")


def check_codes(text):
    """Each code of the client's has its row, with its number and what to do."""
    header = next(text for path, text in headers.items() if path.name == "error.h")
    codes = {(number, name) for name, number in re.findall(r"(MCPAUTH_E_\w+) = (6\d\d)", header)}
    rows_of = re.findall(r"^\| (6\d\d) \| `(\w+)` \| \S.*\|$", text, re.M)
    assert codes, "error.h was not understood"
    for number, name in sorted(codes ^ set(rows_of)):
        mistakes.append(f"client/README.md: {number} {name}: no row, or no such code")
    if len(rows_of) != len(set(rows_of)):
        mistakes.append("client/README.md: a code has two rows")


readme_text = (root / "README.md").read_text(encoding="utf-8")
client_text = (root / "examples/client/README.md").read_text(encoding="utf-8")
fields_of = check_page((root / "examples/options.md").read_text(encoding="utf-8"), client_text)
check_readme(readme_text, fields_of)
check_codes(client_text)
count = sum(map(len, fields_of.values()))
assert len(fields_of) > 10 and count > 100, "the headers were not understood"
print(*mistakes, f"{len(fields_of)} structs, {count} fields", sep="\n")
sys.exit(bool(mistakes))
