"""Makes random templates: whole ones from the words, and changed copies of recorded ones. All chance comes from
one seeded generator, so that a seed names a template."""
import json
import re

import template_words as words

TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|`[^`]*`|\'(?:\\.|[^\'\\\n])*\'|\{\{-?|-?\}\}|\$?[\w]+|\s+|.', re.DOTALL)


def quote(text):
    """The text as a string literal of the template language."""
    out = ['"']
    for character in text:
        code = ord(character)
        if character in '"\\':
            out.append("\\" + character)
        elif character == "\n":
            out.append("\\n")
        elif code < 0x20 or code == 0x7F:
            out.append("\\x%02x" % code)
        else:
            out.append(character)
    return "".join(out) + '"'


class Maker:
    """chance: random.Random. full: with the functions that later versions leave out."""

    def __init__(self, chance, full=False):
        self.chance = chance
        rows = words.parse(words.FUNCTIONS + (words.FULL_FUNCTIONS if full else ""))
        self.by_result = {}
        for row in rows:
            self.by_result.setdefault(row[3], []).append(row)
        self.rows = rows
        self.variables = []
        self.loops = 0
        self.defined = []

    def one(self, choices):
        return self.chance.choice(choices)

    def likely(self, share):
        return self.chance.random() < share

    # --- data ---

    def json_value(self, depth=3):
        kind = self.chance.randrange(10)
        if depth > 0 and kind < 3:
            inner = [self.json_value(depth - 1) for _ in range(self.chance.randrange(4))]
            return "[" + ",".join(inner) + "]"
        if depth > 0 and kind < 6:
            keys = self.chance.sample(words.KEYS, self.chance.randrange(5))
            return "{" + ",".join(json.dumps(key) + ":" + self.json_value(depth - 1) for key in keys) + "}"
        if kind < 7:
            return self.one(words.JSON_NUMBERS)
        if kind < 9:
            return json.dumps(self.one(words.TEXTS))
        return self.one(["null", "true", "false"])

    def json_map(self, depth=3):
        keys = self.chance.sample(words.FIELDS + words.KEYS, self.chance.randrange(1, 7))
        return "{" + ",".join(json.dumps(key) + ":" + self.json_value(depth) for key in keys) + "}"

    # --- expressions ---

    def text_literal(self, texts):
        if texts is words.TEXTS and self.likely(0.04):
            return self.one(words.RAW_ESCAPES)
        text = self.one(texts)
        if self.likely(0.2) and "`" not in text and "\r" not in text and "\0" not in text:
            return "`" + text + "`"
        return quote(text)

    POOLS = {"re": words.REGEXES, "repl": words.REPLACEMENTS, "json": words.JSONS, "yaml": words.YAMLS, "b64": words.BASES, "fmt": words.FORMATS, "layout": words.LAYOUTS,
             "date": words.TIMES, "dur": words.DURATIONS, "url": words.URLS, "version": words.VERSIONS, "constraint": words.CONSTRAINTS, "zone": words.ZONES, "cut": words.CUTSETS,
             "sep": words.SEPARATORS, "type": words.TYPE_NAMES}
    FALLBACK = {"small": "int", "num": "int", "strs": "list", "ints": "list", "smap": "map"}

    def literal(self, kind):
        if kind in self.POOLS:
            return self.text_literal(self.POOLS[kind])
        if kind == "str":
            return self.text_literal(words.TEXTS)
        if kind == "int":
            return self.one(words.INTEGERS)
        if kind == "small":
            return self.one(["0", "1", "2", "3", "4", "5", "-1", "-2", "7", "10", "12"])
        if kind == "float":
            return self.one(words.FLOATS)
        if kind == "num":
            return self.one(words.INTEGERS + words.FLOATS)
        if kind == "bool":
            return self.one(["true", "false"])
        if kind == "list":
            return self.one(["(parseJSON " + quote("[" + ",".join(self.json_value(1) for _ in range(self.chance.randrange(5))) + "]") + ")",
                             "(sprig_list " + " ".join(self.literal(self.one(["str", "int", "float", "bool"])) for _ in range(self.chance.randrange(5))) + ")"])
        if kind == "strs":
            return "(split " + self.literal("sep") + " " + self.literal("str") + ")"
        if kind == "ints":
            return "(sprig_until 4)"
        if kind == "map":
            return self.one(["(parseJSON " + quote(self.json_map(2)) + ")", "(parseYAML " + quote(self.json_map(2)) + ")",
                             "(sprig_dict " + self.literal("str") + " " + self.literal(self.one(["str", "int", "list"])) + ")"])
        if kind == "smap":
            return '(splitToMap "," "=" "a=1,b=2,c")'
        if kind == "time":
            return "(sprig_toDate " + self.one(['"2006-01-02" "2024-02-29"', '"2006-01-02T15:04:05Z07:00" "2023-11-05T06:07:08.9+02:00"', '"2006" "x"']) + ")"
        if kind == "semver":
            return "(sprig_semver " + self.literal("version") + ")"
        if kind == "int64":
            return "(parseInt " + quote(self.one(["0", "1", "-7", "42"])) + ")"
        if kind == "uint64":
            return "(parseUint " + quote(self.one(["0", "1", "42", "18446744073709551615"])) + ")"
        roll = self.chance.randrange(20)
        if roll == 0:
            return "nil"
        if roll == 1:
            return self.one(words.ODD_NUMBERS)
        return self.literal(self.one(["str", "int", "float", "bool", "list", "map", "num", "strs", "smap", "int64", "uint64", "time", "semver", "ints", "str", "int"]))

    def path(self):
        start = self.one([".", "$d", "$d", "$d", "$s"] + self.variables)
        if start == "$s":
            start = self.one(["$s.Data", "$s.Data.data", "$s.Data", "$s", "$s.Auth", "$s.Warnings", "$s.LeaseDuration"])
        fields = "".join("." + self.one(words.FIELDS) for _ in range(self.one([0, 1, 1, 1, 2, 2, 3])))
        return (start if start != "." else "") + fields or "."

    METHODS = {"time": ["Format %layout", "Unix", "Year", "Month", "Day", "Weekday", "YearDay", "Hour", "IsZero", "UTC", "AddDate 1 2 3", "UnixNano", "String", "Nanosecond", "Date", "Zone", "ISOWeek", "Truncate 1", "Before %time", "Sub %time", "GoString", "UnixMilli", "Location"],
               "semver": ["Major", "Minor", "Patch", "Prerelease", "Metadata", "Original", "String", "IncMajor", "IncPatch", "Compare %semver", "LessThan %semver", "Equal %semver", "SetPrerelease %str", "SetMetadata %str"]}

    def expression(self, kind, depth):
        """One operand."""
        if self.likely(0.03):
            kind = "any"
        roll = self.chance.random()
        if depth <= 0 or roll < 0.3:
            if kind in ("any", "map", "list", "num", "str") and self.likely(0.35):
                return self.path()
            return self.literal(kind)
        if kind in self.METHODS and self.likely(0.2):
            kind = "any"
        if kind == "any" and self.likely(0.1):
            owner = self.one(list(self.METHODS))
            method = re.sub(r"%(\w+)", lambda found: self.literal(found[1]), self.one(self.METHODS[owner]))
            return "(" + self.expression(owner, depth - 1) + "." + method + ")" if self.likely(0.9) else "(" + self.literal(owner) + ")." + method.split()[0]
        if self.likely(0.15):
            return "(" + self.pipeline(kind, depth - 1) + ")" + ("." + self.one(words.FIELDS) if self.likely(0.15) else "")
        return "(" + self.call(self.function_for(kind), depth - 1) + ")"

    def function_for(self, kind):
        if kind == "any" or kind not in self.by_result:
            return self.one(self.rows if kind == "any" else self.by_result.get(self.FALLBACK.get(kind, "str"), self.rows))
        return self.one(self.by_result[kind])

    def call(self, row, depth, piped=False):
        name, kinds, repeated, _ = row
        kinds = list(kinds)
        if repeated:
            last = kinds.pop()
            kinds += [last] * self.one([0, 1, 1, 2, 3])
        if piped and kinds:
            kinds.pop()
        if self.likely(0.015):
            kinds = kinds + ["any"] if self.likely(0.5) else kinds[:-1]
        return " ".join([name] + [self.expression(kind, depth) for kind in kinds])

    def pipeline(self, kind, depth):
        row = self.function_for(kind)
        if self.likely(0.5) or not row[1]:
            return self.call(row, depth) if self.likely(0.8) else self.expression(kind, depth)
        first = self.expression(row[1][-1], depth)
        if first.startswith("(") and first.endswith(")") and self.likely(0.5) and first.count("(") == 1:
            first = first[1:-1]
        return first + " | " + self.call(row, depth, piped=True)

    # --- statements ---

    def action(self, inside):
        left = "{{- " if self.likely(0.15) else self.one(["{{ ", "{{"])
        right = " -}}" if self.likely(0.15) else self.one([" }}", "}}"])
        return left + inside + right

    def statement(self, depth):
        roll = self.chance.randrange(30)
        if depth <= 0 or roll < 12:
            return self.action(self.pipeline("any", 3))
        if roll < 15:
            return self.one(["text", "\n", "  \n  ", "é ", "- ", "a: ", "\t", "{ }", "}}", "{", "\r\n"])
        if roll < 18:
            return self.declare()
        if roll < 21:
            return self.branch("if", depth)
        if roll < 23:
            return self.branch("with", depth)
        if roll < 27:
            return self.range(depth)
        if roll < 28:
            return self.named(depth)
        if roll < 29 and self.loops:
            return self.action(self.one(["break", "continue"]))
        return self.one(["{{/* comment */}}", "{{- /* c */ -}}", '{{ template "t" . }}', '{{ template "u" 1 }}', '{{ executeTemplate "t" 5 }}', "{{ scratch.Set \"k\" 1 }}", '{{ scratch.Get "k" }}', '{{ scratch.MapSet "m" "b" . }}{{ scratch.MapSetX "m" "a" 2 }}{{ scratch.MapValues "m" }}',
                         '{{ scratch.Key "k" }}'])

    def declare(self):
        if self.variables and self.likely(0.35):
            return self.action(self.one(self.variables) + " = " + self.pipeline("any", 2))
        name = self.one(["$x", "$y", "$z"])
        made = self.action(name + self.one([" := ", ":="]) + self.pipeline(self.one(["any", "map", "list", "str", "num"]), 2))
        self.variables.append(name)
        return made

    def body(self, depth):
        kept = len(self.variables)
        made = "".join(self.statement(depth - 1) for _ in range(self.one([1, 1, 2, 3])))
        del self.variables[kept:]
        return made

    def branch(self, word, depth):
        kept = len(self.variables)
        head = self.pipeline("any" if word == "with" else self.one(["bool", "any"]), 2)
        if self.likely(0.15):
            head = "$w := " + head
            self.variables.append("$w")
        made = self.action(word + " " + head) + self.body(depth)
        if self.likely(0.2):
            made += self.action("else " + word + " " + self.pipeline("any", 2)) + self.body(depth)
        if self.likely(0.4):
            made += self.action("else") + self.body(depth)
        del self.variables[kept:]
        return made + self.action("end")

    def range(self, depth):
        kept = len(self.variables)
        over = self.expression(self.one(["list", "list", "map", "map", "any", "small", "strs", "smap", "ints"]), 2)
        if self.likely(0.1):
            over = self.one(["loop 3", "loop 1 4", "(loop 2)", "loop 3 1", "3", "5"])
        head = self.one(["", "", "$v := ", "$k, $v := ", "$k, $v := ", "$_, $v := "])
        self.variables += [name for name in ("$k", "$v") if name in head]
        self.loops += 1
        made = self.action("range " + head + over) + self.body(depth)
        self.loops -= 1
        if self.likely(0.3):
            made += self.action("else") + self.body(depth)
        del self.variables[kept:]
        return made + self.action("end")

    def named(self, depth):
        kept, self.variables, loops, self.loops = self.variables, [], self.loops, 0
        body = self.body(depth).replace("$d", "$").replace("$s", "$")
        self.variables, self.loops = kept, loops
        return self.action('block "' + self.one(["t", "u", "b"]) + '" ' + self.pipeline("any", 1)) + body + self.action("end")

    def probe(self):
        """A case of a few calls, so that none stands behind the error of another."""
        self.variables, self.loops = [], 0
        row = self.one(self.rows)
        text = "{{ " + self.call(row, self.one([0, 0, 0, 1, 1, 2])) + " }}"
        if "$d" in text or "$s" in text:
            text = "{{- $d := parseJSON " + quote(self.json_map()) + " -}}" + text.replace("$s", "$d")
        if self.likely(0.3):
            text = text.replace("{{ " + row[0], '{{ printf "' + self.one(["%T %v", "%#v", "%q", "%v", "%d"]) + '" (' + row[0]).replace(" }}", ") }}")
        return {"template": text}

    def template(self):
        """A case: template and what it needs."""
        self.variables, self.loops = [], 0
        head = "{{- $d := parseJSON " + quote(self.json_map()) + " -}}{{- $s := secret \"p\" -}}"
        if self.likely(0.3):
            head += '{{ define "t" }}' + self.one(["[{{ . }}]", "{{ $.a }}", "{{ printf \"%T\" . }}", "t"]) + "{{ end }}"
        text = head + "".join(self.statement(3) for _ in range(self.one([1, 1, 1, 2, 3])))
        case = {"template": text}
        if "$s" in text[len(head):]:
            data = self.json_map()
            if self.likely(0.4):
                data = '{"data":' + data + ',"metadata":{"version":1}}'
            extra = self.one(["", ',"warnings":["w"]', ',"auth":{"client_token":"tok","accessor":"acc","policies":["p"],"metadata":{"a":"b"},"lease_duration":5,"renewable":true}', ',"lease_id":"l","renewable":true'])
            case["secrets"] = {"p": '{"request_id":"r","lease_duration":3600,"data":' + data + extra + "}"}
        else:
            case["template"] = text.replace('{{- $s := secret "p" -}}', "", 1)
        if self.likely(0.15):
            case["options"] = {"missingkey": "error"}
        return case

    # --- changed copies ---

    LITERALS = re.compile(r'"(?:\\.|[^"\\\n])*"|\b\d+(?:\.\d+)?\b')

    def changed(self, cases):
        """A recorded case with something else in its place."""
        case = {key: value for key, value in self.one(cases).items() if key in ("template", "options", "env", "secrets", "lists")}
        for _ in range(self.one([1, 1, 1, 2, 3])):
            tokens = TOKEN.findall(case["template"])
            if not tokens:
                break
            place = self.chance.randrange(len(tokens))
            roll = self.chance.randrange(12)
            if roll < 2:
                del tokens[place]
            elif roll < 4:
                tokens.insert(place, self.one(tokens))
            elif roll < 5:
                other = TOKEN.findall(self.one(cases)["template"])
                tokens.insert(place, self.one(other) if other else " ")
            elif roll < 6:
                other = self.chance.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            elif roll < 7:
                tokens[place] = self.one(["{{", "}}", "{{-", "-}}", " -}}", "|", "(", ")", ".", "$", "$x", ":=", "=", ",", "end", "else", "if", "range", "nil", "true", "1", '"a"', " ", "\n", "/*", "*/", "`", '"', "'", "-", "é", "☃", "\t", "%", "break", "continue", "define", "template", "with", "block"])
            else:
                places = [index for index, token in enumerate(tokens) if self.LITERALS.fullmatch(token)]
                if places:
                    place = self.one(places)
                    tokens[place] = self.literal(self.one(["str", "str", "int", "float", "num", "any", "re", "fmt", "json", "yaml", "layout", "dur", "url", "constraint", "version", "date"]))
            case["template"] = "".join(tokens)
        return case
