"""What the public headers declare and say, read from doxygen's XML."""
import pathlib
import re
import xml.etree.ElementTree as xml

from mdoc import plain


def pointer(text):
    """A type as it is written here: stars at the name."""
    text = re.sub(r"\s*\*\s*", "*", " ".join(text.split()))
    return re.sub(r"(?<=\w)(\(?\*)", r" \1", text)


def declare(kind, name):
    return f"{kind}{name}" if kind.endswith("*") else f"{kind} {name}"


class Declared:
    """A struct, function, macro, enum, callback's type, field or enumerator."""

    def __init__(self, element):
        place = element.find("location")
        self.element = element
        self.id = element.get("id")
        self.kind = element.get("kind", "enumerator")
        self.name = element.findtext("name") or element.findtext("compoundname")
        self.type = pointer(plain(element.find("type")))
        self.line = int(place.get("line")) if place is not None else 0
        self.description = element.find("detaileddescription")
        self.arguments = plain(element.find("argsstring"))
        self.value = plain(element.find("initializer"))
        self.parts = [Declared(part) for part in
                      element.findall("sectiondef/memberdef") + element.findall("enumvalue")]

    @property
    def callback(self):
        return self.type.endswith("(*")

    @property
    def parameters(self):
        """Each one's type, name and what follows the name."""
        if self.callback:
            for kind, name in re.findall(r"(\w[^,]*\W)(\w+)(?:,|\)$)", self.arguments[2:]):
                yield kind.strip(), name, ""
        for element in self.element.findall("param"):
            name = element.findtext("declname") or element.findtext("defname")
            kind = pointer(plain(element.find("type")))
            if name is not None or kind != "void":
                yield kind, name or "", plain(element.find("array"))

    @property
    def public(self):
        return self.element.get("static") != "yes" and not (
            self.kind == "define" and self.name.endswith("_H"))

    def texts(self):
        """All that is said of it and of its parts."""
        return [plain(self.description)] + [text for part in self.parts for text in part.texts()]


class Header:
    def __init__(self, folder, element):
        place = element.find("location").get("file")
        self.id = element.get("id")
        self.file = element.findtext("compoundname")
        self.noun = self.file.removesuffix(".h")
        self.page = "mcpauth" if self.noun == "mcpauth" else f"mcpauth_{self.noun}"
        self.library = "mcpauth-mhd" if "/middleware/" in f"/{place}" else "mcpauth"
        self.description = element.find("detaileddescription")
        self.includes = [include.get("refid") for include in element.findall("includes")]
        structs = [xml.parse(folder / f"{inner.get('refid')}.xml").find("compounddef")
                   for inner in element.findall("innerclass")]
        self.elements = [element, *structs]
        self.declared = sorted(
            (each for each in map(Declared, [*element.findall("sectiondef/memberdef"), *structs])
             if each.public), key=lambda each: each.line)

    @property
    def names(self):
        """Every name that it gives to something, but those of fields."""
        for each in self.declared:
            yield each.name
            if each.kind == "enum":
                yield from (part.name for part in each.parts)

    @property
    def ids(self):
        yield self.id
        for each in self.declared:
            yield from (each.id, *(part.id for part in each.parts))

    @property
    def refers_to(self):
        """The ids of what it includes, uses or speaks of."""
        return set(self.includes).union(
            ref.get("refid") for element in self.elements for ref in element.iter("ref"))

    @property
    def summary(self):
        """Its first sentence, as the line that apropos shows; and what comes after it."""
        first = self.description.find("para")
        text = plain(first)
        sentence = re.match(r".*?[.?!](?= |$)", text)[0]
        if sentence[1].islower() or sentence[1] == " ":
            sentence = sentence[0].lower() + sentence[1:]
        return sentence.removesuffix(".")

    def texts(self):
        return [plain(self.description)] + [
            text for each in self.declared for text in each.texts()]


def read(folder):
    """The headers by their pages' names."""
    folder = pathlib.Path(folder)
    headers = {}
    for compound in xml.parse(folder / "index.xml").findall("compound[@kind='file']"):
        element = xml.parse(folder / f"{compound.get('refid')}.xml").find("compounddef")
        header = Header(folder, element)
        headers[header.page] = header
    return headers
