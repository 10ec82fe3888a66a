"""Documents written for tests: PDFs byte by byte, so that each can be wrong in its own way."""

from __future__ import annotations

from collections.abc import Sequence

SIZE = (200, 100)
"""Width and height of a page, in points."""


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, from 1, the first of which is the catalogue."""
    data = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        data += b"%010d 00000 n \n" % place
    data += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(data + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def barred_pdf(pages: int, size: tuple[float, float] = SIZE, trailer: bytes = b"") -> bytes:
    """A PDF whose page n has n black bars of 10 x 60 points, 10 apart, from the left."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * page) for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
    ]
    for page in range(pages):
        bars = b" ".join(b"%d 20 10 60 re" % (10 + 20 * bar) for bar in range(page % 9 + 1))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents %d 0 R >>"
            % (*size, 4 + 2 * page)
        )
        objects.append(stream(bars + b" f"))
    return pdf_of(objects, trailer)


def encrypted_pdf() -> bytes:
    """A PDF that asks for a password which nobody knows."""
    entries = b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -1 /O <%s> /U <%s> >>" % (
        b"11" * 32,
        b"22" * 32,
    )
    identity = b"/ID [<00112233445566778899AABBCCDDEEFF> <00112233445566778899AABBCCDDEEFF>]"
    return barred_pdf(1, trailer=b"/Encrypt %s %s" % (entries, identity))


def _page_with(resource: bytes) -> bytes:
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R"
        b" /Resources << /XObject << %s >> >> >>" % resource
    )


def endless_pdf() -> bytes:
    """A PDF whose page takes years: forms that each draw the one before them many times."""
    depth, often = 12, 40
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _page_with(b"/F 5 0 R"),
        stream(b"/F Do"),
    ]
    for level in range(depth):
        entries = b"/Type /XObject /Subtype /Form /BBox [0 0 200 100]"
        if level < depth - 1:
            entries += b" /Resources << /XObject << /F %d 0 R >> >>" % (6 + level)
        objects.append(stream(b"/F Do " * often, entries))
    return pdf_of(objects)


def greedy_pdf() -> bytes:
    """A PDF with a picture of four thousand million pixels."""
    side = 65_000
    picture = b"/Type /XObject /Subtype /Image /Width %d /Height %d" % (side, side)
    picture += b" /ColorSpace /DeviceRGB /BitsPerComponent 8"
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            _page_with(b"/I 5 0 R"),
            stream(b"200 0 0 100 0 0 cm /I Do"),
            stream(b"\0" * 100, picture),
        ]
    )
