"""The rooms of the house, and which of them includes which: what CONTRIBUTING.md says of
them is what the code does, without a circle, and lib/house.svg shows it. --draw draws it."""
import collections
import fnmatch
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import house_picture  # noqa: E402

root = pathlib.Path(__file__).resolve().parents[2]
PICTURE = "lib/house.svg"
# Whoever likes may include these: they are the picture's floor, without arrows.
FLOOR = ("base", "public")
PUBLIC = {"lib/include/mcpauth": "public", "middleware/include/mcpauth": "public of middleware"}


def read_table():
    """The rows of CONTRIBUTING.md: a room's name, its files, which rooms it includes."""
    rooms = collections.OrderedDict()
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    house = text.split("## The house\n", 1)[1].split("\n## ", 1)[0]
    for files, includes in re.findall(r"^\| `([^|]*)` \|[^|]*\| ([^|]*) \|$", house, re.M):
        name = re.sub(r"(/\*)?\.(\*|\w+)$|/\*\.\[ch\]$", "", files).rsplit("/", 1)[-1]
        rooms[name] = (files, set(re.findall(r"`([^`]+)`", includes)))
    assert len(rooms) > 20, "the table of rooms is not found"
    return rooms


def room_of(path, rooms):
    folder, _, _ = path.rpartition("/")
    if folder in PUBLIC:
        return PUBLIC[folder]
    named = [name for name, (files, _) in rooms.items()
             if fnmatch.fnmatchcase(path, files) and files.count("/") == path.count("/")]
    # One that names its files comes before one that takes all.
    named.sort(key=lambda name: "*.[ch]" in rooms[name][0])
    whole = [name for name, (files, _) in rooms.items() if files == folder]
    return (named + whole + [None])[0]


def read_includes(path, files):
    text = (root / path).read_text(encoding="utf-8")
    for mark, name in re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', text, re.M):
        places = [f"lib/include/{name}", f"middleware/include/{name}"]
        if mark == '"':
            places = [f"{path.rpartition('/')[0]}/{name}", f"lib/{name}", f"middleware/{name}"]
        yield name, next((place for place in places if place in files), None)


def find(*folders):
    return {str(path.relative_to(root)) for folder in folders
            for path in (root / folder).rglob("*.[ch]")}


def read_code(rooms):
    """What includes what, by rooms, with a file for each; and what is wrong at once."""
    edges, wrong = {}, []
    files = find("lib", "middleware")
    for path in sorted(files):
        of = room_of(path, rooms)
        if of is None:
            wrong.append(f"{path}: in no room of CONTRIBUTING.md")
            continue
        for name, target in read_includes(path, files):
            if name == "microhttpd.h" or name == "mcpauth/mhd.h":
                wrong += knows_mhd(path, name)
            if target is not None and room_of(target, rooms) not in (of, None):
                edges.setdefault((of, room_of(target, rooms)), f"{path} includes {target}")
            elif target is None and name.startswith("mcpauth/"):
                wrong.append(f"{path}: there is no {name}")
    return edges, wrong


def knows_mhd(path, name):
    folder, _, file = path.rpartition("/")
    may = folder == "middleware" and file.startswith("mhd")
    may = may or path == "middleware/include/mcpauth/mhd.h"
    return [] if may else [f"{path}: includes {name}, which middleware/mhd*.c alone knows"]


def check_examples():
    """Programs to copy from see what their readers see."""
    files = find("lib", "middleware")
    for path in sorted(find("examples")):
        for name, target in read_includes(path, files):
            if target is not None and "include/mcpauth" not in target:
                yield f"{path}: includes {name}, which is not installed"


def check_table(rooms, edges):
    names = list(rooms)
    for (of, to), where in edges.items():
        if of in PUBLIC.values():
            if to not in PUBLIC.values() or of == "public":
                yield f"{where}: a public header that needs what is not installed"
        elif to not in (*FLOOR, *PUBLIC.values()) and to not in rooms[of][1]:
            yield f"{where}: the row of {of} in CONTRIBUTING.md does not name {to}"
        elif rooms[of][0].startswith("lib") and to == "public of middleware":
            yield f"{where}: that is upwards"
    for at, (name, (_, includes)) in enumerate(rooms.items()):
        for to in sorted(includes):
            if to not in names[:at]:
                yield f"CONTRIBUTING.md: {name} may not include {to}, which is not above it"
            elif (name, to) not in edges:
                yield f"CONTRIBUTING.md: {name} does not include {to}"


def main():
    rooms = read_table()
    edges, wrong = read_code(rooms)
    wrong += [*check_table(rooms, edges), *check_examples(), *house_picture.misplaced(rooms)]
    picture = root / PICTURE
    if not wrong:
        drawn = house_picture.draw(rooms, edges)
        if sys.argv[1:] == ["--draw"]:
            picture.write_text(drawn, encoding="utf-8")
        elif not picture.is_file() or picture.read_text(encoding="utf-8") != drawn:
            wrong.append(f"{PICTURE} is out of date: python3 test/headers/house.py --draw")
    print("\n".join(wrong) or f"{len(rooms)} rooms, {len(edges)} ways to include")
    return bool(wrong)


sys.exit(main())
