"""What signing added to the PDF: an invisible signature field, and nothing that a reader would see.

The signed PDF begins with the unsigned one, but what follows could still put other pages in front of the reader, with
the signer's own signature under it. So each object of the addition is looked at.
"""

from __future__ import annotations

import io
from typing import Any, Final

from kit.errors import InputError
from kit.verify.pdf import quiet, refused

SIGNING_PROGRAM: Final = frozenset({"/Producer", "/ModDate"})
"""What a signing program writes of itself into the document's information."""
FORM_AND_FORMAT: Final = frozenset({"/AcroForm", "/Version", "/Extensions"})
"""Of the catalogue: the form with the signature's field, and the versions of PDF that it needs."""
ANNOTATIONS: Final = frozenset({"/Annots"})
FORM: Final = frozenset({"/Fields", "/SigFlags"})
"""Nothing else, above all no /XFA: another document, which some viewers show in place of the pages."""
FIELD: Final = frozenset({"/FT", "/T", "/Type", "/Subtype", "/F", "/Rect", "/P", "/V"})
"""No appearance, and no action that a viewer would take."""
SIGNATURE: Final = frozenset({"/Contents", "/ByteRange", "/Type", "/Filter", "/SubFilter", "/M", "/Reason"})
INVISIBLE: Final = "[0, 0, 0, 0]"


def require_prefix(signed: bytes, unsigned: bytes) -> None:
    """See that the signed PDF is the unsigned one with a signature added, and nothing but that.

    Its XMP metadata may differ, since they name the signing program.

    Raises:
        InputError: if not.
    """
    if not signed.startswith(unsigned):
        raise refused("does not begin with the unsigned report of the crate")
    with quiet():
        try:
            _require_only_signature(signed, unsigned)
        except InputError:
            raise
        except Exception as error:  # whatever breaks on an addition means that it is not the kit's
            raise refused(f"has an addition that cannot be read ({type(error).__name__}: {error})") from error


def _require_only_signature(signed: bytes, unsigned: bytes) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    before, after = (PdfFileReader(io.BytesIO(data), strict=True) for data in (unsigned, signed))
    last = before.xrefs.total_revisions
    if after.xrefs.total_revisions != last + 1:
        raise refused("has more than one addition to the unsigned report")
    if after.root_ref != before.root_ref:
        raise refused("has another catalogue than the unsigned report")
    form = after.root.raw_get("/AcroForm")
    widget = form.get_object().raw_get("/Fields").raw_get(0)
    signature = widget.get_object().raw_get("/V")
    page = widget.get_object().raw_get("/P")
    made = {_number(item) for item in (form, widget, signature)}
    for reference in after.xrefs.explicit_refs_in_revision(last):
        number = reference.idnum
        new = after.get_object(reference)
        if number >= int(before.trailer["/Size"]):
            if number not in made and new.get("/Type") != "/XRef":
                raise refused("adds more than a signature to the unsigned report")
            continue
        old = before.get_object(reference)
        if number == _number(after.root_ref):
            _require_same(old, new, FORM_AND_FORMAT, "catalogue")
        elif number == _number(page):
            _require_same(old, new, ANNOTATIONS, "first page")
            if repr(_raw(new["/Annots"])) != repr([*_raw(old.get("/Annots", ())), widget]):
                raise refused("adds or removes annotations")
        elif number == _number(after.trailer.raw_get("/Info")):
            _require_same(old, new, SIGNING_PROGRAM, "document's information")
        elif old.get("/Type") != "/Metadata" or new.get("/Type") != "/Metadata":
            raise refused("changes the unsigned report")
    _require_bare(form.get_object(), widget.get_object(), signature.get_object())


def _require_bare(form: Any, field: Any, signature: Any) -> None:
    for added, keys, what in ((form, FORM, "form"), (field, FIELD, "field"), (signature, SIGNATURE, "signature")):
        more = sorted(added.keys() - keys)
        if more:
            raise refused(f"adds {more[0]} to the {what} of its signature")
    if repr(_raw(field["/Rect"])) != INVISIBLE or len(form["/Fields"]) != 1:
        raise refused("adds something visible to the unsigned report")


def _require_same(old: Any, new: Any, but: frozenset[str], what: str) -> None:
    for key in (old.keys() | new.keys()) - but:
        if key not in old or key not in new or repr(old.raw_get(key)) != repr(new.raw_get(key)):
            raise refused(f"changes {key} of the {what}")


def _raw(array: Any) -> list[Any]:
    """The elements of an array; references stay references."""
    return [array.raw_get(place) for place in range(len(array))]


def _number(reference: Any) -> int:
    return int(reference.idnum)
