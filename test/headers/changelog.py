"""The changelog names every symbol that a header declares, and none that is not there."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
ORDER = ["Security", "Breaking", "Added", "Fixed", "New symbols"]


def declared():
    for folder in ("lib", "middleware"):
        for header in sorted((root / folder / "include/mcpauth").glob("*.h")):
            text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
            for declaration in re.findall(r"MCPAUTH_API\b([^;{]*)", text):
                match = re.search(r"\b(mcpauth_\w+)\s*\(", declaration)
                if match:
                    yield header.name, match.group(1)


def read_release(text):
    """The symbols of a release's last section: a line for each header."""
    sections = re.findall(r"^### (.*)$", text, re.M)
    if sections != [name for name in ORDER if name in sections]:
        yield None, f"sections are {', '.join(ORDER)}, in this order: {', '.join(sections)}"
    body = text.split("### New symbols\n", 1)
    for header, names in re.findall(r"^- `(\w+\.h)`: (.*)$", body[1] if body[1:] else "", re.M):
        for name in re.findall(r"`(\w+)`", names):
            yield header, name


log = (root / "CHANGELOG.md").read_text(encoding="utf-8")
have, wrong = set(), []
for release in re.split(r"^## ", log, flags=re.M)[1:]:
    for header, name in read_release(release):
        if header is None:
            wrong.append(name)
        elif (header, name) in have:
            wrong.append(f"{name} is new twice")
        else:
            have.add((header, name))
want = set(declared())
wrong += [f"{name} of {header} is under no \"New symbols\"" for header, name in want - have]
wrong += [f"{name} is not in {header}" for header, name in have - want]
print("\n".join(sorted(wrong)) or f"{len(want)} symbols")
sys.exit(bool(wrong) or not want)
