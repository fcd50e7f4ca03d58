"""An agency in an administrator's form."""

from __future__ import annotations

from gateway.adapters.agency_documents import FileAgencyDocuments
from gateway.domain.agencies import Agency, Contact
from gateway.web.bureau.agency_forms import form_of, read_form

CODE = "11441500MB2C90123X"


def test_a_form_that_is_sent_as_it_came_changes_nothing__regression() -> None:
    """However many contacts the file names: those behind the twentieth were dropped without a word."""
    contacts = tuple(Contact(f"{number}号窗口", f"desk{number}@gongan.example") for number in range(45))
    agency = Agency(CODE, "市公安局", "441500", contacts)
    form = form_of(agency)
    fields = {"name": form.name, "region_code": form.region_code}
    for number, line in enumerate(form.lines):
        fields |= {
            f"contact-{number}-name": line.name,
            f"contact-{number}-email": line.email,
            f"contact-{number}-role": line.role,
        }

    _, read = read_form(fields, CODE, FileAgencyDocuments())

    assert read == agency
