#!/usr/bin/env python3
"""Writes unicode_letters.cc beside it from Python's Unicode database."""
import pathlib
import sys
import unicodedata


def ranges(wanted):
    out = []
    for code in range(0x80, 0x110000):
        if wanted(unicodedata.category(chr(code))):
            if out and out[-1][1] == code - 1:
                out[-1][1] = code
            else:
                out.append([code, code])
    return out


def table(name, count, rows):
    lines = [f"const CharacterRange {name}[] = {{"]
    for start in range(0, len(rows), 5):
        lines.append("    " + " ".join(f"{{{a:#06x}, {b:#06x}}}," for a, b in rows[start : start + 5]))
    return "\n".join(lines + ["};", f"const std::size_t {count} = sizeof({name}) / sizeof({name}[0]);", ""])


text = f"""// Made by make_unicode_letters.py from Unicode {unicodedata.unidata_version}. Do not edit.
#include "unicode_letters.h"

namespace leasehold::hcl {{

// clang-format off
{table("kLetters", "kLetterCount", ranges(lambda c: c.startswith("L")))}
{table("kDigits", "kDigitCount", ranges(lambda c: c == "Nd"))}// clang-format on

}}  // namespace leasehold::hcl
"""
pathlib.Path(sys.argv[0]).with_name("unicode_letters.cc").write_text(text)
