#!/usr/bin/env python3
"""Checks a bill of materials: the fields of SPDX 2.3 that ours has to have, and that everything it speaks of is in it.

    check-sbom.py FILE
"""

import json
import pathlib
import re
import sys

PACKAGE = {
    "SPDXID": r"SPDXRef-[A-Za-z0-9.-]+",
    "name": r".+",
    "versionInfo": r".+",
    "downloadLocation": r"NOASSERTION|https://.+|git\+https://.+@.+",
    "licenseConcluded": r"NOASSERTION",
    "licenseDeclared": r"NOASSERTION|[A-Za-z0-9.-]+( (WITH|AND) [A-Za-z0-9.-]+)*",
    "copyrightText": r"NOASSERTION",
    "primaryPackagePurpose": r"APPLICATION|LIBRARY|FILE|OTHER",
}
LICENCES = {"Apache-2.0", "MIT"}
RELATIONS = {"DESCRIBES", "CONTAINS", "STATIC_LINK"}


def problems(document):
    for name, pattern in {
        "spdxVersion": r"SPDX-2\.3", "dataLicense": r"CC0-1\.0", "SPDXID": r"SPDXRef-DOCUMENT", "name": r".+",
        "documentNamespace": r"https://\S+-[0-9a-f]{64}",
    }.items():
        if not re.fullmatch(pattern, str(document.get(name, ""))):
            yield f"{name} is {document.get(name)!r}"
    made = document.get("creationInfo", {})
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made.get("created", "")):
        yield "creationInfo.created is no UTC time"
    if not all(re.fullmatch(r"(Tool|Organization|Person): .+", creator) for creator in made.get("creators", [""])):
        yield "creationInfo.creators are not of the form Tool: NAME"
    texts = {text["licenseId"]: text for text in document.get("hasExtractedLicensingInfos", [])}
    known = {"SPDXRef-DOCUMENT"}
    for package in document.get("packages", []):
        for name, pattern in PACKAGE.items():
            if not re.fullmatch(pattern, str(package.get(name, ""))):
                yield f"{package.get('name')}: {name} is {package.get(name)!r}"
        if package.get("filesAnalyzed") is not False:
            yield f"{package.get('name')}: filesAnalyzed is to be false"
        for word in re.split(r" AND ", package.get("licenseDeclared", "")):
            if word.removesuffix(" WITH Swift-exception") not in LICENCES | texts.keys() | {"NOASSERTION"}:
                yield f"{package.get('name')}: the licence {word} is neither known nor in the document"
        for checksum in package.get("checksums", []):
            if checksum.get("algorithm") != "SHA256" or not re.fullmatch(r"[0-9a-f]{64}", checksum.get("checksumValue", "")):
                yield f"{package.get('name')}: {checksum} is no SHA256"
        if package["SPDXID"] in known:
            yield f"{package['SPDXID']} is there twice"
        known.add(package["SPDXID"])
    described = set()
    for relation in document.get("relationships", []):
        ends = {relation.get("spdxElementId"), relation.get("relatedSpdxElement")}
        if not ends <= known:
            yield f"{relation} speaks of what is not there"
        if relation.get("relationshipType") not in RELATIONS:
            yield f"{relation} is of an unknown kind"
        described |= {relation.get("relatedSpdxElement")}
    for lonely in known - described - {"SPDXRef-DOCUMENT"}:
        yield f"nothing says what {lonely} has to do with the image"
    for text in texts.values():
        if not re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", text["licenseId"]) or not text.get("extractedText"):
            yield f"{text.get('licenseId')} has no text"


def main():
    try:
        found = list(problems(json.loads(pathlib.Path(sys.argv[1]).read_text())))
    except (ValueError, KeyError) as error:
        found = [f"{sys.argv[1]}: {error!r}"]
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
