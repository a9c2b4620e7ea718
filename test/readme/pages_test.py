"""Every Markdown file: its relative links and their anchors lead somewhere; its JSON is what
it stands for (a settings file that the library reads, a member of one, a provider's token);
and what the README shows is, to the letter, in a guide."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pages

root = pathlib.Path(__file__).resolve().parents[2]
read_settings = pathlib.Path(sys.argv[1]).resolve()
readme = (root / "README.md").read_text(encoding="utf-8")
mistakes = []
FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^ *```$", re.S | re.M)


def in_clone():
    """Whether git is here, and knows this folder."""
    return shutil.which("git") is not None and subprocess.run(
        ["git", "-C", root, "rev-parse"], capture_output=True, check=False).returncode == 0


def is_ours(path):
    """Without git: what was neither fetched nor built."""
    folders = path.relative_to(root).parts
    return "node_modules" not in folders and not folders[0].startswith("build")


def all_pages():
    """What belongs to the project, as git or the folders have it."""
    if not in_clone():
        return sorted(path for path in root.rglob("*.md") if is_ours(path))
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.md"],
                            capture_output=True, text=True, check=True)
    return sorted({root / line for line in listed.stdout.splitlines() if (root / line).is_file()})


def blocks(text, language):
    for indent, name, body in FENCE.findall(text):
        if name == language:
            yield re.sub(rf"^{indent}", "", body, flags=re.M)


def anchors(text):
    """As GitHub makes them: lower case, no punctuation, blanks become dashes."""
    found, seen = set(), {}
    for title in re.findall(r"^#{1,6} (.*)$", FENCE.sub("", text), re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title)
        name = re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
        count = seen.get(name, 0)
        seen[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found


def links(text):
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    return re.findall(r"\]\(([^)\s]+)\)", text)


def check_links(page, text):
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists():
            mistakes.append(f"{page.relative_to(root)}: {link}: no such file")
        elif anchor and (target.suffix != ".md"
                         or anchor not in anchors(target.read_text(encoding="utf-8"))):
            mistakes.append(f"{page.relative_to(root)}: {link}: no such heading")


def is_part_of(part, token):
    claims = {**token.get("header", {}), **token.get("claims", {})}
    return all(claims.get(name) == value for name, value in part.items())


def settings_of(page, text):
    """What the library has to read: whole files, and members put where they belong."""
    tokens = [json.loads(path.read_text(encoding="utf-8"))
              for path in root.glob("test/providers/*/token.json")]
    for number, block in enumerate(blocks(text, "json")):
        where = f"{page.relative_to(root)}: JSON block {number + 1}"
        is_member = re.match(r'"\w+":', block)
        try:
            value = json.loads("{" + block + "}" if is_member else block)
        except ValueError as error:
            mistakes.append(f"{where}: {error}")
            continue
        resource = {"resource": "https://mcp.example.com/mcp"}
        issuer = {"issuer": "https://auth.example.com"}
        if "resources" in value:
            yield where, value
        elif is_member and "introspection" in value:
            yield where, {"resources": [{**resource, "issuers": [{**issuer, **value}]}]}
        elif "path" in value:
            yield where, {"resources": [{**resource, "issuers": [issuer]}], "routes": [value]}
        elif "iss" in value:
            if not any(is_part_of(value, token) for token in tokens):
                mistakes.append(f"{where}: no token of test/providers is like that")
        elif not {"mcpServers", "servers"} & set(value):
            mistakes.append(f"{where}: what is it?")


def check_settings(found):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "secret").write_text("for tests", encoding="utf-8")
        for where, value in found:
            file = pathlib.Path(folder, "server.json")
            file.write_text(json.dumps(value).replace("/run/secrets/notes", "secret"),
                            encoding="utf-8")
            done = subprocess.run([read_settings, file.name], cwd=folder, text=True,
                                  capture_output=True, timeout=30, check=False)
            if done.returncode != 0:
                mistakes.append(f"{where}: {done.stdout}{done.stderr}")


def check_readme(texts):
    guides = [text for page, text in texts.items() if page != root / "README.md"]
    for code in list(blocks(readme, "c"))[1:]:
        if not any(code in text for text in guides):
            mistakes.append(f"README.md: in no guide: {code[:70]!r}")
    lines = readme.count("\n")
    if lines > 300:
        mistakes.append(f"README.md: {lines} lines are more than ten minutes")


def check_commands(texts):
    """Somebody has to run them."""
    for page, text in texts.items():
        name = str(page.relative_to(root))
        is_guide = name == "README.md" or name.startswith("examples/")
        if is_guide and list(blocks(text, "sh")) and name not in {**pages.PLANS, **pages.OTHERS}:
            mistakes.append(f"{name}: no test runs its commands")


texts_of = {page: page.read_text(encoding="utf-8") for page in all_pages()}
assert root / "README.md" in texts_of and len(texts_of) > 10, texts_of
to_read = []
for this, content in texts_of.items():
    check_links(this, content)
    to_read += settings_of(this, content)
assert len(to_read) > 5, to_read
check_settings(to_read)
check_readme(texts_of)
check_commands(texts_of)
print(*mistakes, f"{len(texts_of)} pages, {len(to_read)} settings", sep="\n")
sys.exit(bool(mistakes))
