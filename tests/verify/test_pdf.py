"""The PDF's signature by itself, without the digest that the statement has of it."""

from __future__ import annotations

import io

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from kit.errors import InputError
from kit.seal.pdf_signature import sign_pdf
from kit.verify.addition import require_prefix
from kit.verify.pdf import check_pdf, refused
from tests import deposits


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return deposits.small_pdf()


@pytest.fixture(scope="module")
def signed(unsigned, key) -> bytes:
    return sign_pdf(unsigned, key)


def retitled(pdf: bytes) -> bytes:
    """An incremental update of the title."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.trailer["/Info"]["/Title"] = generic.TextStringObject("Another title")
    writer.mark_update(writer.trailer.raw_get("/Info").reference)
    return written(writer)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def test_a_signed_pdf_begins_with_the_unsigned_one_and_holds(signed, unsigned, key):
    assert signed.startswith(unsigned)
    require_prefix(signed, unsigned)
    found = check_pdf(signed, key.certificate, deposits.NOW)
    assert found.timestamp is None
    assert abs(found.signed_at - deposits.NOW).total_seconds() < 3600


@pytest.mark.parametrize("behind", [b"\n", b"%%EOF\n", b"\0" * 4096])
def test_bytes_behind_the_end_are_refused(signed, key, behind):
    with pytest.raises(InputError, match="the PDF"):
        check_pdf(signed + behind, key.certificate, deposits.NOW)


def test_a_new_title_after_signing_is_refused(signed, key):
    with pytest.raises(InputError, match=r"does not cover|was changed"):
        check_pdf(retitled(signed), key.certificate, deposits.NOW)


def test_a_new_title_before_signing_is_refused(unsigned, key):
    pdf = sign_pdf(retitled(unsigned), key)
    check_pdf(pdf, key.certificate, deposits.NOW)
    with pytest.raises(InputError, match="more than one addition"):
        require_prefix(pdf, unsigned)


def test_other_pages_that_come_with_the_signature_are_refused(unsigned, key, monkeypatch):
    """The signer's own trick: the update that signs also swaps what the page shows."""
    create = IncrementalPdfFileWriter.__init__

    def tricky(self, *arguments, **options):
        create(self, *arguments, **options)
        page = self.root["/Pages"]["/Kids"][0]
        page["/MediaBox"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 10, 10)))
        self.mark_update(self.root["/Pages"]["/Kids"].raw_get(0).reference)

    monkeypatch.setattr(IncrementalPdfFileWriter, "__init__", tricky)
    pdf = sign_pdf(unsigned, key)
    monkeypatch.undo()
    check_pdf(pdf, key.certificate, deposits.NOW)
    with pytest.raises(InputError, match="changes /MediaBox of the first page"):
        require_prefix(pdf, unsigned)


def test_an_object_that_comes_with_the_signature_is_refused(unsigned, key, monkeypatch):
    create = IncrementalPdfFileWriter.__init__

    def tricky(self, *arguments, **options):
        create(self, *arguments, **options)
        self.add_object(generic.DictionaryObject({generic.NameObject("/Type"): generic.NameObject("/Page")}))

    monkeypatch.setattr(IncrementalPdfFileWriter, "__init__", tricky)
    pdf = sign_pdf(unsigned, key)
    monkeypatch.undo()
    with pytest.raises(InputError, match="adds more than a signature"):
        require_prefix(pdf, unsigned)


@pytest.mark.parametrize(
    ("kind", "key_name", "reason"),
    [
        ("/SigFlags", "/XFA", "adds /XFA to the form"),
        ("/Subtype", "/AA", "adds /AA to the field"),
        ("/SubFilter", "/Name", "adds /Name to the signature"),
    ],
)
def test_a_signature_with_more_to_it_than_it_needs_is_refused(unsigned, key, monkeypatch, kind, key_name, reason):
    """A form of its own is shown instead of the pages, an action is taken: `kind` is a key that the object has."""
    write = generic.DictionaryObject.write_to_stream

    def tricky(self, *arguments, **options):
        if kind in self and (kind != "/Subtype" or self.get("/FT") == "/Sig"):
            self[generic.NameObject(key_name)] = generic.TextStringObject("other")
        return write(self, *arguments, **options)

    monkeypatch.setattr(generic.DictionaryObject, "write_to_stream", tricky)
    pdf = sign_pdf(unsigned, key)
    monkeypatch.undo()
    check_pdf(pdf, key.certificate, deposits.NOW)
    with pytest.raises(InputError, match=reason):
        require_prefix(pdf, unsigned)


def test_another_catalogue_that_comes_with_the_signature_is_refused(unsigned, key, monkeypatch):
    create = IncrementalPdfFileWriter.__init__

    def tricky(self, *arguments, **options):
        create(self, *arguments, **options)
        self._root_object = self.root
        self._root = self.add_object(self.root)
        self._force_write_when_empty = True

    monkeypatch.setattr(IncrementalPdfFileWriter, "__init__", tricky)
    pdf = sign_pdf(unsigned, key)
    monkeypatch.undo()
    with pytest.raises(InputError, match="has another catalogue"):
        require_prefix(pdf, unsigned)


def test_another_beginning_is_refused(signed):
    with pytest.raises(InputError, match="does not begin with the unsigned report"):
        require_prefix(signed, deposits.small_pdf("Another report"))


def test_a_pdf_without_a_signature_or_of_another_key_is_refused(unsigned, signed, other_key):
    with pytest.raises(InputError, match="has 0 signatures"):
        check_pdf(unsigned, other_key.certificate, deposits.NOW)
    with pytest.raises(InputError, match="signed with another certificate"):
        check_pdf(signed, other_key.certificate, deposits.NOW)


def test_what_a_refusal_quotes_of_a_pdf_does_not_steer_the_terminal():
    assert refused("changes /\x1b[2J\n of it").message == "the PDF changes /\\x1b[2J\\n of it"


def test_a_pdf_that_is_none_is_refused(key, unsigned):
    for data in (b"", b"%PDF-1.7\n", b"hello" * 100):
        with pytest.raises(InputError, match="cannot be read"):
            check_pdf(data, key.certificate, deposits.NOW)
    with pytest.raises(InputError, match="cannot be read"):
        require_prefix(b"%PDF-1.7\n", b"%PDF")


def test_a_timestamp_is_kept_and_told(unsigned, key):
    """The authority is a stand-in that signs with a certificate of its own, in this process."""
    pdf = sign_pdf(unsigned, key, deposits.stand_in_authority())
    require_prefix(pdf, unsigned)
    found = check_pdf(pdf, key.certificate, deposits.NOW)
    assert "Stand-in authority" in found.timestamp
