"""Descriptions as doxygen's XML has them, in the language of man pages (mdoc)."""
import re


def whole(text):
    """With names that are not to be broken at the end of a line."""
    return re.sub(r"(?<!\w)(?=\w*_\w|mcpauth)", r"\\%", text)


def prose(text):
    return whole(text.replace("\\", "\\e"))


def code(text):
    """Characters that stand for themselves, to be copied from a page into a program."""
    for character, name in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"),
                            ("^", "\\(ha"), ("~", "\\(ti"), ('"', "\\(dq")):
        text = text.replace(character, name)
    return whole(text)


def bold(text):
    return f"\\fB{code(text)}\\fR"


def line(text):
    """A line of text, which is no request whatever it begins with."""
    return ("\\&" if text[:1] in (".", "'") else "") + text


def sentences(text):
    """A line for each, as mdoc wants them."""
    parts = re.split(r"(?<=[.?!]) (?=[A-Z\\])|(?<=[.?!][\")]) (?=[A-Z\\])", " ".join(text.split()))
    return [line(part) for part in parts if part]


def head(text):
    """The head of a list's entry, of any length, in which no word is a macro."""
    return [".It Xo", line(text), ".Xc"]


def plain(element):
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


SIGNS = {"ndash": "\\-\\-", "sp": " ", "nonbreakablespace": "\\ "}


class Writer:
    """Turns descriptions into lines; `pages` are the names of the headers' pages by their
    refids."""

    def __init__(self, pages):
        self.pages = pages

    def inline(self, element):
        parts = [prose(element.text or "")]
        for child in element:
            parts += [self.piece(child), prose(child.tail or "")]
        return "".join(parts)

    def piece(self, element):
        text = "".join(element.itertext())
        if element.tag == "ref":
            if element.get("refid") in self.pages:
                return bold(self.pages[element.get("refid")]) + "(3)"
            return bold(text) if text.endswith("()") else prose(text)
        if element.tag == "computeroutput":
            return bold(" ".join(text.split()))
        if element.tag in SIGNS:
            return SIGNS[element.tag]
        if element.tag in ("bold", "emphasis", "ulink"):
            return self.inline(element)
        raise ValueError(f"<{element.tag}> is new here: {text}")

    def description(self, element, types=None):
        """The lines of a description; `types` are those of the parameters."""
        lines = []
        for paragraph in element if element is not None else ():
            for block in self.paragraph(paragraph, types or {}):
                spaced = not lines or block[0].startswith(".Bd")
                lines += block if spaced else [".Pp", *block]
        return lines

    def paragraph(self, element, types):
        """Its blocks: texts, lists, examples, and one list of parameters and result."""
        text, blocks, arguments = prose(element.text or ""), [], []

        def flush():
            nonlocal text
            if text.strip():
                blocks.append(sentences(text))
            text = ""

        for child in element:
            if child.tag in BLOCKS:
                flush()
                blocks.append(BLOCKS[child.tag](self, child))
            elif child.tag == "parameterlist":
                arguments += self.parameters(child, types)
            elif child.tag == "simplesect":
                arguments += self.result(child)
            else:
                text += self.piece(child)
            text += prose(child.tail or "")
        flush()
        if arguments:
            blocks.append([".Bl -tag -width Ds -compact", *arguments, ".El"])
        return blocks

    def parameters(self, element, types):
        lines = []
        for item in element.findall("parameteritem"):
            for name in item.findall("parameternamelist/parametername"):
                direction = {"out": " (out)", "inout": " (in and out)"}.get(
                    name.get("direction"), "")
                lines += head(types.get(plain(name), f"\\fI{plain(name)}\\fR") + direction)
            lines += self.description(item.find("parameterdescription"))
        return lines

    def result(self, element):
        if element.get("kind") != "return":
            raise ValueError(f"@{element.get('kind')} is new here")
        return [".It Returns", *self.description(element)]

    def list(self, element):
        kind = {"itemizedlist": "bullet", "orderedlist": "enum"}[element.tag]
        lines = [f".Bl -{kind} -compact"]
        for item in element.findall("listitem"):
            lines += [".It", *self.description(item)]
        return lines + [".El"]

    def example(self, element):
        lines = [".Bd -literal -offset indent"]
        for codeline in element.findall("codeline"):
            text = "".join(self.code_piece(piece) for piece in codeline.iter())
            lines.append(line(code(text)))
        return lines + [".Ed"]

    @staticmethod
    def code_piece(element):
        own = " " if element.tag == "sp" else element.text or ""
        # What follows the line itself is between lines.
        return own if element.tag == "codeline" else own + (element.tail or "")


BLOCKS = {"itemizedlist": Writer.list, "orderedlist": Writer.list,
          "programlisting": Writer.example}
