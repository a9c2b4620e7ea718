"""Each file that these pages name is there, and each place in them that a link leads to."""
import fnmatch
import itertools
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("CONTRIBUTING.md", "SECURITY.md", "lib/README.md", "examples/nginx/README.md",
         "examples/replicas/README.md")
# Beginnings of paths; a bare name counts if it ends as the project's files do.
FOLDERS = ("lib", "middleware", "examples", "test", "stages", "token", "endpoint", "net", "jose",
           "client", "tokens", "base", "metadata", "settings", ".ci")
ENDINGS = (".c", ".h", ".py", ".md", ".json", ".build", ".mjs", ".map", ".txt", ".conf", ".ini")
# What others make: a build, a package, the reader.
FOREIGN = re.compile(r"build[-\w]*(/|$)|share/|/|[^/]*\.(pem|key|crt)$")
# A folder whose rooms a page calls by their own names.
SHORT = ("", "lib/", "middleware/", "lib/include/mcpauth/", "middleware/include/mcpauth/",
         "lib/client/", "test/unit/lib/", "test/unit/middleware/", "examples/")


def alternatives(name):
    """a.{c,h} is two names."""
    match = re.search(r"\{([^{}]*)\}", name)
    if match is None:
        return [name]
    return list(itertools.chain.from_iterable(
        alternatives(name[:match.start()] + one + name[match.end():])
        for one in match.group(1).split(",")))


def is_path(name):
    if FOREIGN.match(name) or not re.fullmatch(r"[\w./*{},\[\]-]+", name):
        return False
    head = name.split("/")[0]
    return (head in FOLDERS and "/" in name) or (name.endswith(ENDINGS) and "." != name[0])


def walk(folder):
    """The project's files and folders, without what builds and packages leave there."""
    for path in folder.iterdir():
        if path.name in ("node_modules", ".node", ".git") or re.fullmatch(r"build.*", path.name) \
                and path.is_dir() and folder == root:
            continue
        yield str(path.relative_to(root))
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)


ALL = list(walk(root))
NAMES = {path.rpartition("/")[2] for path in ALL}


def is_there(name, page):
    if "/" not in name and fnmatch.filter(NAMES, name):
        return True
    places = [short + name for short in (*SHORT, f"{page.parent}/")]
    return any(fnmatch.filter(ALL, place.removeprefix("./")) for place in places)


def heading_anchors(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def check_link(page, target):
    if re.match(r"[a-z]+:", target):
        return None
    place, _, anchor = target.partition("#")
    file = (root / page.parent / place).resolve() if place else root / page
    if not file.exists():
        return f"{page}: a link leads to {target}, which is not there"
    if anchor and anchor not in heading_anchors(file):
        return f"{page}: a link leads to {target}, and no heading is called so"
    return None


wrong, count = [], 0
for name in PAGES:
    page = pathlib.Path(name)
    text = (root / page).read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    names = {word for code in re.findall(r"`([^`]+)`", prose) for word in code.split()
             if is_path(word)}
    for word in sorted(names):
        for one in alternatives(word):
            count += 1
            # Where a reader is to put a name of their own, one of that kind is there.
            if not is_there(re.sub("NAME|ROOM", "*", one).rstrip("/"), page):
                wrong.append(f"{page}: there is no {one}")
    links = re.findall(r"\]\(([^)\s]+)\)", prose)
    wrong += filter(None, (check_link(page, target) for target in links))
    count += len(links)
print("\n".join(wrong) or f"{count} names and links")
# A page whose names nobody sees would pass.
sys.exit(bool(wrong) or count < 100)
