"""Screening lists: read whole from each source's own file, or refused with the place and rule."""

import tracemalloc
from datetime import date

import pytest

from together.controls.formats.screening_entries import Entry, NotAList
from together.controls.formats.screening_lists import MOST_BYTES, read

TODAY = date(2025, 10, 14)
SDN = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
 <publshInformation><Publish_Date>10/13/2025</Publish_Date><Record_Count>2</Record_Count>
 </publshInformation>
 <sdnEntry><uid>36</uid><lastName>IMAGINARY  AIRLINES</lastName><sdnType>Entity</sdnType>
  <programList><program>CUBA</program><program>X</program></programList>
  <akaList><aka><uid>12</uid><type>a.k.a.</type><lastName>IMAGINAIR</lastName></aka></akaList>
 </sdnEntry>
 <sdnEntry><uid>40</uid><firstName>Nemo</firstName><lastName>NOBODY</lastName>
  <sdnType>Individual</sdnType>
  <idList><id><idType>Passport</idType><idNumber>P1</idNumber></id>
   <id><idType>Digital Currency Address - XBT</idType><idNumber>bc1qimaginary</idNumber></id>
  </idList>
 </sdnEntry>
</sdnList>"""
UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2025-10-12T23:05:00.000-04:00">
 <INDIVIDUALS><INDIVIDUAL><DATAID>690</DATAID><FIRST_NAME>NEMO</FIRST_NAME>
  <SECOND_NAME>NOBODY</SECOND_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
  <REFERENCE_NUMBER>KPi.1</REFERENCE_NUMBER>
  <INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Nemo Noone</ALIAS_NAME></INDIVIDUAL_ALIAS>
  <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
 </INDIVIDUAL></INDIVIDUALS>
 <ENTITIES><ENTITY><DATAID>691</DATAID><FIRST_NAME>IMAGINARY BANK</FIRST_NAME></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>"""
HEAD = "reference,kind,name,also_known_as,addresses,programme\n"
OWN = HEAD + 'E-1,entity,"Imaginary, Ltd",Imagine;Figment,0xAB; 0xCD,own\n'


def test_the_list_of_ofac_is_read_with_names_and_addresses():
    found = read("ofac_sdn", SDN.encode())
    assert found.issued_on == date(2025, 10, 13)
    assert found.entries == (
        Entry("36", "entity", ("IMAGINARY AIRLINES", "IMAGINAIR"), (), "CUBA, X"),
        Entry("40", "individual", ("Nemo NOBODY",), ("bc1qimaginary",), ""),
    )


def test_the_list_of_the_united_nations_is_read():
    found = read("un_consolidated", UN.encode())
    assert found.issued_on == date(2025, 10, 12)
    assert found.entries == (
        Entry("690", "individual", ("NEMO NOBODY", "Nemo Noone"), (), "DPRK KPi.1"),
        Entry("691", "entity", ("IMAGINARY BANK",), (), ""),
    )


def test_our_own_list_is_read():
    found = read("own", OWN.encode(), TODAY)
    names = ("Imaginary, Ltd", "Imagine", "Figment")
    assert found.entries == (Entry("E-1", "entity", names, ("0xAB", "0xCD"), "own"),)


@pytest.mark.parametrize(
    ("source", "text", "said"),
    [
        ("ofac_sdn", SDN.replace(">2<", ">3<"), "Record_Count: it says 3, and 2 entries"),
        ("ofac_sdn", SDN.replace(">2<", ">two<"), "Record_Count: 'two' is no number"),
        ("ofac_sdn", SDN.replace("10/13/2025", "2025-10-13"), "Publish_Date: '2025-10-13'"),
        ("ofac_sdn", SDN.replace("<uid>40", "<uid>36"), "two entries have the reference '36'"),
        ("ofac_sdn", SDN[:600], "it is no XML"),
        ("ofac_sdn", UN, "it begins with 'CONSOLIDATED_LIST', not 'sdnList'"),
        ("un_consolidated", SDN, "it begins with 'sdnList'"),
        ("un_consolidated", UN.replace("dateGenerated", "made"), "dateGenerated: '' is no day"),
        ("un_consolidated", UN.replace("IMAGINARY BANK", " "), "ENTITY 691: 691 has 0 names"),
        ("own", HEAD, "list: it has 0 entries"),
        ("own", OWN.replace("kind", "type"), "row 1: the heads are reference, kind"),
        ("own", HEAD + "E-1,entity,X\n", "row 2: 3 values, not 6"),
        ("own", HEAD + "E-1,ship,X,,,\n", "row 2: kind: 'ship' is none of individual, entity"),
        ("own", HEAD + "E-1,entity, ,Y,,\n", "row 2: name: it is empty"),
        ("own", HEAD + ",entity,X,,,\n", "row 2: reference: '' is none"),
        ("own", HEAD + 'E-1,entity,"X,,,\n', "row 2: unexpected end of data"),
        ("own", HEAD + f"E-1,entity,{'x' * 401},,,\n", "has a name longer than 400"),
        ("else", OWN, "source: 'else' is none"),
        ("own", "", "file: it is empty"),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(source, text, said):
    with pytest.raises(NotAList, match=said.replace("(", r"\(")):
        read(source, text.encode(), TODAY)


def deep(levels: int) -> str:
    return "<sdnList>" + "<a>" * levels + "</a>" * levels + "</sdnList>"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("entities", b'<!DOCTYPE x [<!ENTITY a "b">]><sdnList>&a;</sdnList>', "DTD or entities"),
        (
            "laughs",
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sdnList>&b;</sdnList>',
            "DTD or entities",
        ),
        (
            "outside",
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sdnList>&a;</sdnList>',
            "DTD or entities",
        ),
        ("deep", deep(100_000).encode(), "more than 12 levels"),
        ("wide", b"<sdnList>" + b"<a/>" * 30_000 + b"</sdnList>", "elements in one entry"),
        ("long", b"<sdnList><a>" + b"x" * 30_000 + b"</a></sdnList>", "longer than 20,000"),
        ("nul", b"<sdnList>\x00</sdnList>", "it is no XML"),
        ("utf-7", b'<?xml version="1.0" encoding="utf-7"?><sdnList/>', "it is no XML"),
        ("large", b" " * (MOST_BYTES + 1), "at most 67,108,864 are read"),
    ],
)
def test_a_hostile_file_is_refused_in_little_memory(name, data, said):
    tracemalloc.start()
    try:
        with pytest.raises(NotAList, match=said):
            read("ofac_sdn", data)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data", [HEAD.encode() + b"E\x00,entity,X,,,", b"\xff\xfe" + HEAD.encode()]
)
def test_a_hostile_csv_is_refused(data):
    with pytest.raises(NotAList):
        read("own", data, TODAY)


def test_our_own_list_needs_its_day():
    with pytest.raises(NotAList, match="issued_on: it must be stated"):
        read("own", OWN.encode())
