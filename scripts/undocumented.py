"""Lists our public symbols without a doc comment, from the compiler's symbol graphs; fails when there is one."""

import glob
import json
import os
import sys

OURS = ("HakobiCore", "Hakobi", "HakobiSQLite", "HakobiPrefork", "HakobiCommand", "HakobiTestKit")

seen, bare = 0, []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.symbols.json"))):
    # Module.symbols.json, or Module@Extended.symbols.json for what a module adds to another's types.
    if os.path.basename(path).split(".")[0].split("@")[0] not in OURS:
        continue
    with open(path, encoding="utf-8") as file:
        symbols = json.load(file)["symbols"]
    for symbol in symbols:
        if "location" not in symbol or "::SYNTHESIZED::" in symbol["identifier"]["precise"]:
            continue  # written by the compiler
        seen += 1
        if not symbol.get("docComment"):
            place = symbol["location"]
            where = place["uri"].split("/Sources/")[-1]
            bare.append(f"{where}:{place['position']['line'] + 1} {'.'.join(symbol['pathComponents'])}")

print(f"{seen} public symbols, {len(bare)} without a comment")
for line in bare:
    print("  " + line)
sys.exit(1 if bare or not seen else 0)
