"""Write the man pages of section 3: one for each public header, and for each of its names
one that leads there. What they say is what the headers' comments say, as doxygen reads them.

Neither doxygen's own man pages (GENERATE_MAN) nor doxygen2man's do: those are called
chain.h(3), have neither a line for apropos nor the parameters' types, and turn "x" into 'x';
these end a parameter's text at the first function that it names, and leave out callbacks'
types, macros, lists and most of NAME.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import reference
from mdoc import Writer, bold, code, head, line, prose

HERE = pathlib.Path(__file__).resolve().parent
# Columns of a terminal of 80 that are left beside the margins.
WIDTH = 71


def run_doxygen(doxygen, folder, headers, log):
    settings = (HERE / "doxyfile").read_text(encoding="utf-8")
    inputs = " ".join(f'"{header}"' for header in headers)
    folders = " ".join(f'"{path}"' for path in {pathlib.Path(each).parents[1] for each in headers})
    settings += (f'INPUT = {inputs}\nINCLUDE_PATH = {folders}\n'
                 f'OUTPUT_DIRECTORY = "{folder}"\nWARN_LOGFILE = "{log}"\n')
    subprocess.run([doxygen, "-"], input=settings, text=True, check=True)
    pathlib.Path(log).touch()
    return reference.read(pathlib.Path(folder) / "xml")


def date(headers):
    """That of the newest header, unless who builds says another."""
    newest = max(os.stat(header).st_mtime for header in headers)
    day = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", newest)))
    return time.strftime("%B ", day) + time.strftime("%d, %Y", day).lstrip("0")


class Page:
    def __init__(self, header, headers):
        self.header = header
        self.headers = headers
        self.places = {each: page for page, other in headers.items() for each in other.ids}
        self.writer = Writer({other.id: page for page, other in headers.items()})

    def text(self, version, day):
        lines = [f".Dd {day}", f".Dt {self.header.page.upper()} 3", f".Os mcpauth {version}",
                 ".Sh NAME", f".Nm {self.header.page}", f".Nd {self.summary(self.header)}",
                 *self.library(), *self.synopsis(),
                 ".Sh DESCRIPTION", *self.writer.description(self.header.description)]
        lines += self.elsewhere()
        if self.header.page == "mcpauth":
            lines += self.overview()
        for each in self.header.declared:
            lines += self.entry(each)
        lines += self.see_also() + self.standards()
        return "\n".join(lines) + "\n"

    @staticmethod
    def summary(header):
        return prose(header.summary).replace('"', "\\(dq")

    def library(self):
        name = self.header.library
        command = f"cc program.c $(pkg-config --cflags --libs {name})"
        return [".Sh LIBRARY", f"lib{code(name)}, \\-l{code(name)}", ".Pp", f".Dl {code(command)}"]

    def synopsis(self):
        """Laid out here: what mdoc makes of long prototypes differs from groff to groff."""
        lines = [".Sh SYNOPSIS", f".In mcpauth/{self.header.file}"]
        shown = [each for each in self.header.declared
                 if each.kind != "define" or list(each.parameters)]
        if not shown:
            return lines
        lines.append(".Bd -unfilled")
        last = None
        for each in shown:
            keeps_together = each.kind == last and each.kind in ("struct", "enum")
            if last is not None and not keeps_together:
                lines.append("")
            lines += self.prototype(each)
            last = each.kind
        lines.append(".Ed")
        return lines

    @staticmethod
    def prototype(each):
        if each.kind in ("struct", "enum"):
            return [f"{each.kind} {bold(each.name)};"]
        begin, end = "", "("
        if each.kind == "typedef":
            begin, end = f"typedef {each.type}", ")("
        elif each.kind == "function":
            begin = reference.declare(each.type, "")
        lines = [f"{code(begin)}{bold(each.name)}{end}"]
        column = len(begin + each.name + end)
        parameters = list(each.parameters) or [("void", "", "")]
        for number, (kind, name, rest) in enumerate(parameters):
            mark = ");" if number == len(parameters) - 1 else ","
            kind = reference.declare(kind, "") if kind and name else kind
            width = len(kind + name + rest + mark)
            if column + 1 + width > WIDTH:
                lines.append("    ")
                column = 4
            elif number > 0:
                lines[-1] += " "
                column += 1
            lines[-1] += f"{code(kind)}\\fI{code(name)}\\fR{code(rest)}{mark}"
            column += width
        return lines

    @staticmethod
    def title(each):
        return {"struct": f"struct {each.name}", "enum": f"enum {each.name}",
                "function": f"{each.name}()"}.get(each.kind, each.name)

    def entry(self, each):
        lines = [f".Ss {self.title(each)}"]
        if re.fullmatch(r"\w+", each.value) and each.kind == "define":
            lines += [f".Dl {code('#define ' + each.name + ' ' + each.value)}", ".Pp"]
        lines += self.writer.description(each.description, self.types(each))
        if each.parts:
            if not lines[-1].startswith(".Ss"):
                lines.append(".Pp")
            lines.append(".Bl -tag -width Ds -compact")
            for part in each.parts:
                lines += head(self.field(part) if each.kind == "struct" else self.value(part))
                lines += self.writer.description(part.description)
            lines.append(".El")
        return lines

    @staticmethod
    def types(each):
        """The declarations of parameters, by their names."""
        return {name: f"{code(reference.declare(kind, ''))}\\fI{name}\\fR{code(rest)}"
                for kind, name, rest in each.parameters}

    @staticmethod
    def field(part):
        if part.callback:
            return f"{code(part.type)}{bold(part.name)}{code(part.arguments)}"
        return (f"{code(reference.declare(part.type, ''))}{bold(part.name)}"
                f"{code(part.arguments)}")

    @staticmethod
    def value(part):
        return f"{bold(part.name)} {code(part.value)}"

    def overview(self):
        lines = []
        for library, title in (("mcpauth", "Headers"), ("mcpauth-mhd", "With libmicrohttpd")):
            lines += [f".Ss {title}", ".Bl -tag -width Ds -compact"]
            for page, header in sorted(self.headers.items()):
                if header.library == library and header is not self.header:
                    lines += [f".It Xr {page} 3", line(self.summary(header))]
            lines.append(".El")
        return lines

    def elsewhere(self):
        """What has the name of this page, and is on another one."""
        lines = []
        for page, header in self.headers.items():
            for each in header.declared:
                if each.name == self.header.page and header is not self.header:
                    lines += [".Pp", f"{bold(self.title(each))} is described in", f".Xr {page} 3 ."]
        return lines

    def see_also(self):
        if self.header.page == "mcpauth":
            return []
        pages = {self.places[each] for each in self.header.refers_to if each in self.places}
        pages = sorted((pages | {"mcpauth"}) - {self.header.page})
        if not pages:
            return []
        return [".Sh SEE ALSO", *(f".Xr {page} 3 ," for page in pages[:-1]), f".Xr {pages[-1]} 3"]

    def standards(self):
        numbers = sorted({int(number) for text in self.header.texts()
                          for number in re.findall(r"RFC (\d+)", text)})
        text = ", ".join(f"RFC {number}" for number in numbers)
        return [".Sh STANDARDS", text] if numbers else []


def write(folder, headers, version, day):
    """All pages. They are found by their names alone, so no two of one name may be."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    leads_to = {}
    for page, header in headers.items():
        (folder / f"{page}.3").write_text(Page(header, headers).text(version, day),
                                          encoding="utf-8")
        for name in header.names:
            if leads_to.setdefault(name, page) != page:
                sys.exit(f"{name} would be on two pages, {leads_to[name]} and {page}")
    leads_to["mcpauth_mcpauth"] = "mcpauth"
    for name, page in leads_to.items():
        alias = folder / f"{name}.3"
        # Not every file system tells MCPAUTH_AUTO from mcpauth_auto.
        if name.lower().startswith("mcpauth") and not alias.exists():
            alias.write_text(f".so man3/{page}.3\n", encoding="utf-8")


def main():
    doxygen, folder, log, version, *headers = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        found = run_doxygen(doxygen, scratch, headers, log)
        write(pathlib.Path(folder), found, version, date(headers))


if __name__ == "__main__":
    main()
