#!/usr/bin/env python3
"""Writes src/common/gotemplate/unicode_tables.h: what Go calls letters, digits and printable.

Python 3.11 knows Unicode 14; ADDED holds what 15.0, the version of Go 1.26, has more.
"""
import sys
import unicodedata

ADDED = {}
for first, last, category in [
        (0xCF3, 0xCF3, "Mc"), (0xECE, 0xECE, "Mn"), (0x10EFD, 0x10EFF, "Mn"), (0x1123F, 0x11240, "Lo"),
        (0x11241, 0x11241, "Mn"), (0x11B00, 0x11B09, "Po"), (0x11F00, 0x11F01, "Mn"),
        (0x11F02, 0x11F02, "Lo"), (0x11F03, 0x11F03, "Mc"), (0x11F04, 0x11F10, "Lo"),
        (0x11F12, 0x11F33, "Lo"), (0x11F34, 0x11F35, "Mc"), (0x11F36, 0x11F3A, "Mn"),
        (0x11F3E, 0x11F42, "Mc"), (0x11F43, 0x11F4F, "Po"), (0x11F50, 0x11F59, "Nd"),
        (0x13439, 0x13440, "Mn"), (0x13441, 0x13446, "Lo"), (0x13447, 0x13455, "Mn"),
        (0x1B132, 0x1B132, "Lo"), (0x1B155, 0x1B155, "Lo"), (0x1D2C0, 0x1D2D3, "No"),
        (0x1DF25, 0x1DF2A, "Ll"), (0x1E030, 0x1E06D, "Lm"), (0x1E08F, 0x1E08F, "Mn"),
        (0x1E4D0, 0x1E4EB, "Lo"), (0x1E4EC, 0x1E4EF, "Mn"), (0x1E4F0, 0x1E4F9, "Nd"),
        (0x1F6DC, 0x1F6DC, "So"), (0x1F774, 0x1F776, "So"), (0x1F77B, 0x1F77F, "So"),
        (0x1F7D9, 0x1F7D9, "So"), (0x1FA75, 0x1FA77, "So"), (0x1FA87, 0x1FA88, "So"),
        (0x1FAAD, 0x1FAAF, "So"), (0x1FABB, 0x1FABD, "So"), (0x1FABF, 0x1FABF, "So"),
        (0x1FACE, 0x1FACF, "So"), (0x1FADA, 0x1FADB, "So"), (0x1FAE8, 0x1FAE8, "So"),
        (0x1FAF7, 0x1FAF8, "So"), (0x31350, 0x323AF, "Lo")]:
    for code in range(first, last + 1):
        ADDED[code] = category


def category(code):
    return ADDED.get(code) or unicodedata.category(chr(code))


def ranges(wanted):
    found = []
    for code in range(0x80, 0x110000):
        if wanted(category(code)):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return found


def table(name, wanted):
    rows = [f"{{0x{a:X}, 0x{b:X}}}" for a, b in ranges(wanted)]
    lines = [", ".join(rows[i:i + 4]) + "," for i in range(0, len(rows), 4)]
    body = "\n    ".join(lines)
    return f"inline constexpr RuneRange {name}[] = {{\n    {body}\n}};\n"


sys.stdout.write(f"""// Unicode 15.0, made by scripts/make-unicode-tables.py. Do not edit.
#pragma once

namespace leasehold::gotemplate {{

struct RuneRange {{
  char32_t first;
  char32_t last;
}};

// clang-format off
/// Categories L* and Nd beyond ASCII.
{table("kNameRunes", lambda c: c[0] == "L" or c == "Nd")}
/// Categories L*, M*, N*, P*, S* beyond ASCII.
{table("kPrintableRunes", lambda c: c[0] in "LMNPS")}
// clang-format on

}}  // namespace leasehold::gotemplate
""")
