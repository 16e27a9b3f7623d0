# SPDX-License-Identifier: GPL-2.0-only
"""Results as JUnit XML, which CI systems show."""

import re
import xml.etree.ElementTree as xml

NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


def text_of(lines):
    """Text without the characters that XML cannot hold."""
    return NOT_XML.sub("?", lines)


def case_of(row):
    """The element of one row. What stands before the last / of its name is the class."""
    group, _, name = row["name"].rpartition("/")
    element = xml.Element(
        "testcase", classname=group or "check", name=name, time=f"{row['seconds']:.3f}"
    )
    detail = text_of(row["detail"])
    if row["result"] == "fail":
        failure = xml.SubElement(element, "failure", message=detail.partition("\n")[0])
        failure.text = detail
    elif row["result"] == "skip":
        xml.SubElement(element, "skipped", message=detail)
    if row.get("console"):
        xml.SubElement(element, "system-out").text = text_of("\n".join(row["console"]))
    return element


def document(rows):
    """The bytes of the file."""
    count = lambda result: str(sum(row["result"] == result for row in rows))
    suite = xml.Element(
        "testsuite",
        name="lapwing",
        tests=str(len(rows)),
        failures=count("fail"),
        skipped=count("skip"),
        errors="0",
        time=f"{sum(row['seconds'] for row in rows):.3f}",
    )
    suite.extend(case_of(row) for row in rows)
    xml.indent(suite)
    return xml.tostring(suite, encoding="utf-8", xml_declaration=True)
