"""The software bill of materials, in SPDX 2.3: what is in the binary, what it loads, and the files of a package with their checksums."""

import hashlib
import json
import pathlib
import re
import subprocess

# What the program opens when it is first needed, and so no linker knows of.
LOADED = ("libcurl.so.4", "libssl.so.3", "libcrypto.so.3", "libzstd.so.1")
# What is linked in of the system's archives.
LINKED = {"libcrypto.a": "Apache-2.0", "libstdc++.a": "GPL-3.0-or-later WITH GCC-exception-3.1"}
LICENSES = {"libssl.so.3": "Apache-2.0", "libcrypto.so.3": "Apache-2.0", "libsqlite3.so.0": "blessing", "libz.so.1": "Zlib", "libcurl.so.4": "curl"}


def identifier(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def needed(binary):
    """The shared libraries that it names itself."""
    text = subprocess.run(["objdump", "-p", binary], capture_output=True, text=True, check=True).stdout
    return sorted(re.findall(r"^\s+NEEDED\s+(\S+)$", text, re.M))


def checksum(kind, bytes_):
    return {"algorithm": kind.upper(), "checksumValue": hashlib.new(kind, bytes_).hexdigest()}


def document(root, binary, version, swift, created):
    """The document as text.

    - root: the source tree. - binary: as it is packed. - swift: the compiler's version. - created: ISO 8601.
    """
    bytes_ = pathlib.Path(binary).read_bytes()
    pins = json.loads((root / "Package.resolved").read_text())["pins"]
    own = identifier("personalite")
    packages = [{
        "SPDXID": own, "name": "personalite", "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION",
        "checksums": [checksum("sha256", bytes_)],
    }, {
        "SPDXID": identifier("swift-runtime"), "name": "swift-runtime", "versionInfo": swift, "downloadLocation": "https://www.swift.org/install",
        "filesAnalyzed": False, "licenseConcluded": "Apache-2.0 WITH Swift-exception", "licenseDeclared": "Apache-2.0 WITH Swift-exception",
        "copyrightText": "NOASSERTION", "primaryPackagePurpose": "LIBRARY",
    }]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", own), (own, "STATIC_LINK", identifier("swift-runtime"))]
    for pin in sorted(pins, key=lambda pin: pin["identity"]):
        state = pin["state"]
        reference = identifier(pin["identity"])
        packages.append({
            "SPDXID": reference, "name": pin["identity"], "versionInfo": state.get("version") or state["revision"],
            "downloadLocation": f"git+{pin['location']}@{state['revision']}", "filesAnalyzed": False, "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "primaryPackagePurpose": "LIBRARY",
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                "referenceLocator": f"pkg:swift/{re.sub(r'^https://|[.]git$', '', pin['location'])}@{state.get('version') or state['revision']}",
            }],
        })
        relations.append((own, "STATIC_LINK", reference))
    for library in [*needed(binary), *LOADED, *LINKED]:
        license_ = LICENSES.get(library) or LINKED.get(library, "NOASSERTION")
        packages.append({
            "SPDXID": identifier(library), "name": library, "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": license_,
            "licenseDeclared": license_, "copyrightText": "NOASSERTION", "primaryPackagePurpose": "LIBRARY",
        })
        if library in LOADED:
            relations.append((identifier(library), "RUNTIME_DEPENDENCY_OF", own))
        else:
            relations.append((own, "STATIC_LINK" if library in LINKED else "DYNAMIC_LINK", identifier(library)))
    return json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"personalite-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/personalite-{version}-{hashlib.sha256(bytes_).hexdigest()}",
        "creationInfo": {"created": created, "creators": ["Organization: personalite", "Tool: personalite-packaging"]},
        "packages": packages,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other} for one, kind, other in relations],
    }, indent=2) + "\n"
