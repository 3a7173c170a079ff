#!/usr/bin/env python3
"""Writes src/common/gofuncs/case_tables.h: Unicode's simple case mappings, one rune to one rune."""


def upper(c):
    if len(c.upper()) == 1:
        return c.upper()
    return c.title() if len(c.title()) == 1 else c


def lower(c):
    return c.lower() if len(c.lower()) == 1 else ("i" if c == "\u0130" else c)


def title(c):
    return c.title() if len(c.title()) == 1 else upper(c)


def runs(pairs):
    found = []  # first, last, stride, delta
    for code, delta in pairs:
        if found:
            first, last, stride, known = found[-1]
            step = code - last
            if known == delta and step in (1, 2) and stride in (0, step):
                found[-1] = (first, code, step, known)
                continue
        found.append((code, code, 0, delta))
    return [(a, b, max(s, 1), d) for a, b, s, d in found]


def table(name, comment, mapping, beside=lambda c: c):
    pairs = [(code, ord(mapping(chr(code))) - code) for code in range(0x80, 0x110000)
             if mapping(chr(code)) != beside(chr(code))]
    rows = [f"{{0x{a:X}, 0x{b:X}, {s}, {d}}}" for a, b, s, d in runs(pairs)]
    lines = [", ".join(rows[i:i + 4]) + "," for i in range(0, len(rows), 4)]
    body = "\n    ".join(lines)
    return f"/// {comment}\ninline constexpr CaseRun {name}[] = {{\n    {body}\n}};\n"


def full_titles():
    rows = []
    for code in range(0x80, 0x110000):
        text = chr(code).title()
        if len(text) > 1:
            escaped = "".join(f"\\u{ord(c):04x}" if ord(c) > 0x7E else c for c in text)
            rows.append(f'{{0x{code:X}, "{escaped}"}}')
    lines = [", ".join(rows[i:i + 4]) + "," for i in range(0, len(rows), 4)]
    return "\n    ".join(lines)


print(f"""// Made by scripts/make-case-tables.py. Do not edit.
#pragma once

#include <cstdint>
#include <string_view>

namespace leasehold::gofuncs {{

/// Every stride-th rune from first to last maps to itself plus delta.
struct CaseRun {{
  char32_t first;
  char32_t last;
  char32_t stride;
  std::int32_t delta;
}};

struct FullTitle {{
  char32_t code;
  std::string_view text;
}};

// clang-format off
{table("kUpperRuns", "Beyond ASCII, to upper case.", upper)}
{table("kLowerRuns", "Beyond ASCII, to lower case.", lower)}
{table("kTitleRuns", "Where title case is not upper case.", title, upper)}
/// Title forms of more than one rune.
inline constexpr FullTitle kFullTitles[] = {{
    {full_titles()}
}};
// clang-format on

}}  // namespace leasehold::gofuncs""")
