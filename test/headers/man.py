"""Exports, headers, programs and man pages tell of the same things; the pages can be found,
and man finds nothing wrong with them."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARIES = {"lib": "libmcpauth.so", "middleware": "libmcpauth-mhd.so"}
SKIPPED = 77

COMMENT = re.compile(r"/\*\*(?!<)?.*?\*/", re.S)
NAMES = (r"^struct (mcpauth\w*)(?=;| \{)", r"^enum (mcpauth_\w+) \{", r"^\t(MCPAUTH_\w+) = ",
         r"^typedef [^;]*?\(\*(mcpauth_\w+)\)", r"^MCPAUTH_API [^;]*?\b(mcpauth_\w+)\(",
         r"^#define (MCPAUTH_\w+)(?<!_H)\b")
# What has to have a comment before it; a struct may be declared once more without.
COMMENTED = (r"^struct (mcpauth\w*) \{", *NAMES[1:2], *NAMES[3:])
# Of comments: what is to be found on the page as it stands.
WORD = re.compile(r"[A-Za-z0-9_]{2,}")
COMMAND = re.compile(r"@(file|param(\[[a-z,]+\])?|return|code|endcode)\b|\*/|/\*\*<?|^\s*\*", re.M)

wrong = 0


def complain(text):
    global wrong
    wrong += 1
    print(text)


def run(*command, **settings):
    return subprocess.run(command, check=False, capture_output=True, text=True, **settings)


def exported(library):
    lines = run("nm", "-D", "--defined-only", library).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if " A " not in line}


def render(page):
    """What a reader sees, with no word broken. Empty headings or lists are told of, too."""
    seen = run("man", "--warnings", "--no-hyphenation", "--no-justification", "-E", "UTF-8", "-P",
               "cat", "-l", page, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    if seen.returncode != 0 or seen.stderr:
        complain(f"{page.name}: man says: {seen.stderr}")
    for line in seen.stdout.splitlines():
        if len(line) > 80:
            complain(f"{page.name}: too long: {line}")
    return re.sub(".\b", "", seen.stdout)


def check_form(page):
    """A line for apropos, and for our own pages (help2man has its ways) another opinion."""
    line = run("lexgrog", page)
    if f'"{page.stem} - ' not in line.stdout:
        complain(f"{page.name}: lexgrog says: {line.stdout}{line.stderr}")
    if page.suffix == ".3" and shutil.which("mandoc"):
        lint = run("mandoc", "-T", "lint", "-W", "warning", page)
        if lint.stdout or lint.stderr:
            complain(f"{page.name}: mandoc says: {lint.stdout}{lint.stderr}")


class Section:
    """The pages of one section, by their names; those that lead to others have no text."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.texts, self.leads_to = {}, {}
        for page in sorted(self.folder.iterdir()):
            source = page.read_text(encoding="utf-8")
            if source.startswith(".so "):
                self.leads_to[page.stem] = pathlib.Path(source.split()[1]).stem
            else:
                self.texts[page.stem] = render(page)
                check_form(page)

    def page_of(self, name):
        page = self.leads_to.get(name, name)
        if page not in self.texts:
            complain(f"{name}: there is no page {page}")
        return self.texts.get(page, "")


def declared(text):
    """The public names of a header, but those of its functions that are inline."""
    return {name for pattern in NAMES for name in re.findall(pattern, text, re.M)}


def check_header(header, section):
    """Its page has all its names, and every word that it says of them."""
    text = header.read_text(encoding="utf-8")
    page = "mcpauth" if header.stem == "mcpauth" else f"mcpauth_{header.stem}"
    if section.leads_to.get(page, page) != page:
        complain(f"{header.name}: {page} is not its own page")
    for name in declared(text):
        if not re.search(rf"\b{name}\b", section.page_of(name)):
            complain(f"{header.name}: the page of {name} does not name it")
        if section.leads_to.get(name, page) != page and name != "mcpauth":
            complain(f"{header.name}: {name} leads to {section.leads_to[name]}")
    said = set(WORD.findall(section.page_of(page)))
    for comment in COMMENT.findall(text):
        words = WORD.findall(re.sub(r"\b\w+\.h\b", "", COMMAND.sub("", comment)))
        lost = [word for word in words if word not in said]
        if lost:
            complain(f"{header.name}: {page} has lost {lost}")
    check_comments(header, text)
    check_parameters(header, text)
    return declared(text)


def check_comments(header, text):
    """Before the first declaration of each name."""
    seen = set()
    for pattern in COMMENTED:
        for found in re.finditer(pattern, text, re.M):
            before = text[:found.start()]
            last = before[before.rfind("/*"):]
            if found[1] not in seen and not (last.startswith("/**") and last.endswith("*/\n")):
                complain(f"{header.name}: there is no comment before {found[1]}")
            seen.add(found[1])


def check_parameters(header, text):
    """One parameter needs no words where the first sentence is about it; of several each is
    spoken of, or they are those of another function."""
    for comment, result, name, names in re.findall(
            r"(/\*\*(?:(?!\*/).)*\*/)\nMCPAUTH_API ([^;(]*?)(mcpauth_\w+)\(([^;]*)\);", text, re.S):
        names = re.findall(r"(\w+)(?:\[\w+\])?(?:,|$)", names)
        told = re.findall(r"@param(?:\[[a-z,]+\])? +(\w+)", comment)
        if len(names) > 1 and not re.search(r"parameters as|arguments of", " ".join(
                comment.replace("*", "").split())) or told:
            if names != told:
                complain(f"{header.name}: {name}() has {names}, its comment {told}")
            if result.strip() != "void" and "@return" not in comment:
                complain(f"{header.name}: what does {name}() return?")


def check_library(room, build, section):
    headers = sorted((ROOT / room / "include/mcpauth").glob("*.h"))
    names = set().union(*(check_header(header, section) for header in headers))
    library = build / room / LIBRARIES[room]
    exports = exported(library) if library.exists() else set()
    if not exports:
        print(f"{library.name} is not built: its exports are not compared")
    for name in sorted(exports - names):
        complain(f"{name} is exported, and no header has it")
    return names | {"mcpauth" if header.stem == "mcpauth" else f"mcpauth_{header.stem}"
                    for header in headers}


def check_program(program, section):
    """The page of each has every option, and every word that --help says."""
    text = run(program, "--help").stdout
    page = section.page_of(f"mcpauth-{program.name}")
    if program.name != "whoami" and section.leads_to.get(program.name) != f"mcpauth-{program.name}":
        complain(f"{program.name}.1 does not lead to its page")
    for option in sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))):
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", page):
            complain(f"{program.name}: {option} is not on its page")
    lost = set(WORD.findall(text.lower())) - set(WORD.findall(page.lower())) - {"usage"}
    if lost:
        complain(f"{program.name}: its page has lost {sorted(lost)}")


def check_found(folders, names):
    """man finds a page by each name, and whatis says what it is about."""
    with tempfile.TemporaryDirectory() as scratch:
        for folder in folders:
            (pathlib.Path(scratch) / folder.name).symlink_to(folder.resolve())
        found = run("man", "-M", scratch, "--path", *sorted(names))
        for complaint in found.stderr.splitlines():
            complain(complaint)
        made = run("mandb", "--quiet", "--create", "--user-db", scratch)
        if made.returncode != 0 or made.stderr:
            complain(f"mandb says: {made.stderr}")
        whatis = run("whatis", "-M", scratch, *sorted(names))
        for complaint in whatis.stderr.splitlines():
            complain(complaint)


def main():
    if len(sys.argv) == 1:
        print("SKIP: the man pages are not built, which needs doxygen")
        return SKIPPED
    build, warnings, man3, *more = map(pathlib.Path, sys.argv[1:])
    if shutil.which("man") is None or shutil.which("mandb") is None:
        print("SKIP: needs man-db")
        return SKIPPED
    for warning in warnings.read_text(encoding="utf-8").splitlines():
        complain(f"doxygen says: {warning}")
    section = Section(man3)
    names = {"mcpauth_mcpauth"}.union(
        *(check_library(room, build, section) for room in LIBRARIES))
    for name in sorted(names ^ (set(section.texts) | set(section.leads_to))):
        complain(f"{name} is {'no page' if name in names else 'a page, and in no header'}")
    folders = [man3]
    if more:
        man1, *programs = more
        commands = Section(man1)
        for program in programs:
            check_program(program, commands)
        names |= set(commands.texts) | set(commands.leads_to)
        folders.append(man1)
    check_found(folders, names)
    print(f"{len(section.texts)} pages in section 3, {len(names)} names, {wrong} mistakes")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
