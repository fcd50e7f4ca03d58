"""Files of services: what is read from them, and what one damaged row costs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.service_files.csv_records import delimiter_of, read_csv
from gateway.adapters.service_files.encodings import detect_encoding
from gateway.adapters.service_files.lines import LONGEST, LineReader
from gateway.adapters.service_files.opening import open_service_file
from gateway.application.ports.service_files import Row
from gateway.domain.errors import InvalidInput

HEADER = "service_id,kind,agency_code,item_code,item_name,completed_at"
MOMENT = "2026-11-23T10:00:00+08:00"


def rows_of(folder: Path, content: bytes | str, name: str = "services.csv") -> list[Row]:
    """All rows of a file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_service_file(path) as file:
        return list(file.rows())


def fault_of(folder: Path, content: bytes | str, name: str = "services.csv") -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(InvalidInput) as refusal:
        rows_of(folder, content, name)
    assert refusal.value.pointer.startswith(str(folder / name))
    return str(refusal.value)


def test_columns_become_a_document(tmp_path: Path) -> None:
    """Nested names are flattened; a blank cell is as if its column were not there."""
    header = f"{HEADER},phone,staff_id,staff_name,visit_no,batch_id,language"
    rows = rows_of(
        tmp_path,
        f"{header}\nS-1,window,A,1,换领,{MOMENT},138 0013 8000,0231,陈某,2,B,en\nS-2,online,,1,换领,,,,,,,\n",
    )

    assert rows[0].document == {
        "service_id": "S-1",
        "kind": "window",
        "agency_code": "A",
        "item": {"code": "1", "name": "换领"},
        "completed_at": MOMENT,
        "phone": "138 0013 8000",
        "staff": {"id": "0231", "name": "陈某"},
        "visit_no": 2,
        "batch_id": "B",
        "language": "en",
    }
    assert rows[1].document == {
        "service_id": "S-2",
        "kind": "online",
        "agency_code": "",
        "item": {"code": "1", "name": "换领"},
        "completed_at": None,
    }
    assert [(row.line, row.next_line) for row in rows] == [(2, 3), (3, 4)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    """In each of their separators, line ends and encodings."""
    text = f"{HEADER}\nS-1,window,A,1,居民身份证换领,{MOMENT}\n"
    (row,) = rows_of(tmp_path, text.replace(",", delimiter).replace("\n", end).encode(encoding))

    assert row.document is not None
    assert row.document["item"] == {"code": "1", "name": "居民身份证换领"}


def test_headers_are_read_generously(tmp_path: Path) -> None:
    """In any order and case, with blanks around them."""
    (row,) = rows_of(
        tmp_path, f" Kind ,SERVICE_ID,item_name,item_code,completed_at,agency_code\nkiosk,S,n,1,{MOMENT},A"
    )

    assert row.document is not None
    assert (row.document["service_id"], row.document["kind"]) == ("S", "kiosk")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("service_id,kind\n", "item_code"),
        (f"{HEADER},telephone\n", "'telephone'"),
        (f"{HEADER},kind\n", "twice"),
        (f'"{HEADER}\n', "never closed"),
        (HEADER.encode("utf-16"), "UTF-16"),
        ("x" * (LONGEST + 5), "longer"),
    ],
)
def test_a_file_that_is_none_is_refused_at_once(tmp_path: Path, content: bytes | str, words: str) -> None:
    """Before anything is loaded, with the place and the remedy."""
    assert words in fault_of(tmp_path, content)


def test_what_is_neither_kind_is_refused(tmp_path: Path) -> None:
    """By its ending: guessing could load half of a spreadsheet."""
    assert ".csv" in fault_of(tmp_path, "x", "services.xlsx")
    with pytest.raises(InvalidInput, match="No such file"), open_service_file(tmp_path / "nowhere.csv"):
        pass


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("S-2,window", "2 cells"),
        (f"S-2,window,A,1,x,{MOMENT},more", "7 cells"),
        (f'S-2,window,A,1,"x,{MOMENT}', "never closed"),
        (f'S-2,window,A,1,"x"y,{MOMENT}', "not CSV"),
        ("x" * (LONGEST + 1), "longer"),
        ("x" * (3 * LONGEST), "longer"),
    ],
)
def test_a_damaged_row_costs_itself_alone(tmp_path: Path, bad: str, words: str) -> None:
    """Rows before and after are read, and lines are still counted right."""
    good = [f"S-{number},window,A,1,x,{MOMENT}" for number in (1, 3)]
    rows = rows_of(tmp_path, "\n".join([HEADER, good[0], bad, good[1]]))

    assert [row.line for row in rows] == [2, 3, 4]
    assert words in rows[1].fault
    assert [row.document is None for row in rows] == [False, True, False]


def test_one_damaged_row_does_not_turn_the_file_into_another_encoding(tmp_path: Path) -> None:
    """All lines vote: names are never misread because one byte is wrong."""
    good = [f"S-{number},window,A,1,居民身份证换领,{MOMENT}".encode() for number in range(5)]
    rows = rows_of(tmp_path, b"\n".join([HEADER.encode(), *good[:2], "S,身".encode("gb18030"), *good[2:]]))

    assert [row.fault for row in rows if row.fault] == ["is not written in utf-8"]
    assert sum(row.document is not None for row in rows) == 5


def test_a_cell_may_hold_line_ends_and_quotes(tmp_path: Path) -> None:
    """As RFC 4180 writes them; what looks like a line end elsewhere is none."""
    rows = rows_of(
        tmp_path, f'{HEADER}\nS-1,window,A,1,"a\r\nb ""c"" \u2028 d",{MOMENT}\nS-2,window,A,1,5" x,{MOMENT}\n'
    )

    assert [row.line for row in rows] == [2, 4]
    assert rows[0].document is not None
    assert rows[0].document["item"] == {"code": "1", "name": 'a\r\nb "c" \u2028 d'}
    assert rows[1].document is not None
    assert rows[1].document["item"] == {"code": "1", "name": '5" x'}


def test_blank_rows_are_left_out(tmp_path: Path) -> None:
    """Spreadsheets write them below the last one."""
    assert len(rows_of(tmp_path, f"{HEADER}\n\nS,window,A,1,x,{MOMENT}\n,,,,,\n\n")) == 1


def test_lines_of_objects_are_read(tmp_path: Path) -> None:
    """NDJSON, with what is wrong said of each line."""
    content = b'\xef\xbb\xbf{"service_id": "S-1", "reason": "x"}\n\n{broken\n[1]\n"\xff\xe4"\n' + b"x" * (
        LONGEST + 1
    )
    rows = rows_of(tmp_path, content, "services.ndjson")

    assert [row.line for row in rows] == [1, 3, 4, 5, 6]
    assert rows[0].document == {"service_id": "S-1"}
    told = [row.fault for row in rows[1:]]
    for fault, words in zip(told, ("column 2", "object", "utf-8", "longer"), strict=True):
        assert words in fault


def test_a_file_is_imported_by_one_at_a_time(tmp_path: Path) -> None:
    """Two would go on from the same place."""
    path = tmp_path / "services.csv"
    path.write_text(f"{HEADER}\n", encoding="utf-8")
    with open_service_file(path), pytest.raises(InvalidInput, match="already"), open_service_file(path):
        pass


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=6)


@given(
    st.lists(
        st.lists(CELL, min_size=2, max_size=3).filter(lambda row: any(c.strip() for c in row)), max_size=6
    )
)
def test_every_record_is_read_back(records: list[list[str]]) -> None:
    """Whatever cells a CSV writer writes are the cells that are read, with the right places."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(records)
    content = written.getvalue().encode()
    read = list(read_csv(LineReader(io.BytesIO(content), 1), "utf-8", ","))

    assert [list(record.cells) for record in read] == records
    assert [record.fault for record in read] == [""] * len(records)
    assert (read[-1].end if read else 0) == len(content)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    """Each record is read or has a fault, and none is read twice."""
    ends = [record.end for record in read_csv(LineReader(io.BytesIO(content), 1), "utf-8", ",")]

    assert ends == sorted(set(ends))


@pytest.mark.parametrize(
    ("header", "delimiter"), [("a,b;c,d", ","), ("a;b;c", ";"), ("a\tb", "\t"), ("a", ",")]
)
def test_the_separator_is_what_the_header_has_most_of(header: str, delimiter: str) -> None:
    """Comma where there is none."""
    assert delimiter_of(header) == delimiter


def test_plain_ascii_is_utf8(tmp_path: Path) -> None:
    """The two are the same there."""
    path = tmp_path / "x.ndjson"
    path.write_text(json.dumps({"a": 1}), encoding="ascii")

    assert detect_encoding(path) == "utf-8"
