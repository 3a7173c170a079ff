"""What random templates are made of: literals, data and functions. A function is one line, `NAME KIND... -> KIND`
(`KIND*` any number of them), so that most calls pass the argument checks and reach the function itself.
Functions whose result differs from run to run (random bytes, the clock, Sprig's keys) stay out."""
import functools

TEXTS = [
    "", "a", "abc", "b", "foo", "Hello World", "héllo wörld", "日本語", "a,b,,c", " x ", "10", "-5", "3.14", "1e3", "true",
    "False", "0x1F", "017", "08", "1_000", "2024-02-29", "2024-05-06T07:08:09Z", "multi\nline\n", "two\n\nlines", "tab\there",
    "q\"'`<>&", "a/b/c.txt", "../x//y/./z", "😀 smile", "yes", "~", "null", "key: value", "# c", "- x", "%d", "%", "ǆ ß ﬁ İ",
    "\u00a0nb\u00a0", "a\u2028b", "\ufeffbom", "fooBarBaz", "HTTP_Server-2xx", "snake_case_word", "o'neil o.b 3rd", "  lead",
    "trail  ", "\r\n", "\x7f\x01\x00", "-", "--", "...", "?", "? x", ": x", "x:", "1:30", "0o17", "0b11", ".5", "1.", "inf", "NaN",
    "+Inf", "-0", "=", "<<", "y", "off", "ON", "user@example.com", "a=b", "a=1;b=2", "_", "x" * 90, "word " * 22, "é", "Ünïcode",
    "a b  c", "aXbXc", "AAAA", "aaa", "\\", "\\d", "$1", "${1}x", "100%", "12345678901234567890", "9223372036854775808", "Zz",
    "1.2.3", "v1.2", "1.2.3-beta.1+b5", "Mon Jan 2 15:04:05 2006", "{}", "[]", "[1,2]", "&", "*a", "!x", "|", ">", "@", "key", "ſK",
    "\u0000", "\u200b", "ﷺ", "İ", "ΑΣ", "ß", "١٢", "²³", "Ⅷ", "e\u0301", "a-b_c d", "2xx", "x2y", "--a--b--", "A1B2",
]
RAW_ESCAPES = [r'"\xff"', r'"a\xc3"', r'"\xe2\x98"', r'"\000\001\x7f"', r'"\u00e9\U0001F600"', r'"\xed\xa0\x80"', r'"\a\b\f\v\t\r\n\\"']
INTEGERS = [
    "0", "1", "-1", "2", "3", "4", "5", "7", "8", "10", "16", "60", "64", "100", "255", "256", "1000", "65536", "-3", "-10", "'a'", "'é'",
    r"'\n'", "0x10", "0X1f", "0b101", "0o17", "017", "1_000", "9223372036854775807", "-9223372036854775808", "2147483648", "1e3", "+5", "3.0",
]
FLOATS = [
    "0.0", "1.0", "0.5", "-2.5", "2.5", "3.5", "1e6", "1e5", "1e21", "1e20", "1e-7", "1e-4", "1e-5", "123456789.0", "0x1p4", "1e308", "5e-324",
    "0.1", "0.3", "1.005", "-0.0", "100000.0", "1234567.5", "12345678.9", ".5", "1.5e300", "3.14159", "2.675", "1e15", "1e16", "0.000001",
]
ODD_NUMBERS = ["18446744073709551615", "1i", "1+2i", "089", "1__0", "0x", "1e400", "12a", "-", "1.2.3", "0b2", "'ab'", "''", "-0", "0i", "2.5i", "1e", "0x1.8"]
JSON_NUMBERS = ["0", "-0", "1", "-1", "1.0", "1.50", "1e3", "1E+2", "0.1", "5432", "12345678", "1e21", "1e-7", "12345678901234567890", "1e308",
                "-2.5", "100000", "1000000", "0.000001", "123456789.123", "9007199254740993", "3"]
KEYS = ["a", "b", "c", "name", "port", "tags", "items", "x-y", "é", "k.v", "0", "Key", "a1", "a10", "a2", "key_1", "on", "", "A", "long key", "é1", "1"]
FIELDS = ["a", "b", "c", "name", "port", "tags", "items", "Key", "a1", "zz", "key_1", "é", "Data", "on", "A"]
LAYOUTS = ["2006-01-02", "2006-01-02T15:04:05Z07:00", "Mon Jan _2 15:04:05 2006", "02 Jan 06 15:04 MST", "15:04:05.000", "3:04PM", "Monday, 02-Jan-06",
           "2006-002", "Jan 2", "Janu", "20060102150405.999", "06/1/2 03:04:05 pm -07:00:00 Z0700", "01/02", "_2 __2", "2006-01-02 15:04:05 -0700 MST", ",000", "05.00 PM", ""]
TIMES = ["2024-02-29", "2024-05-06T07:08:09Z", "2023-12-31", "2024-02-30", "2024-13-01", "2024-05-06T07:08:09.123456789+02:00", "10:11:12.5", "x", "",
         "Mon Jan  2 15:04:05 2006", "02 Jan 06 15:04 CET", "1:02AM", "2024-060", "20240506070809.5", "2006-01-02 15:04:05 -0700 MST"]
DURATIONS = ["1h", "1h2m3.5s", "90m", "-1.5h", "100ms", "1us", "1µs", "10ns", "0", "", "1", "1d", "x", "24h", "8760h", "720h", "1h1h", ".5s", "1.s", "99999999h", "61s", "+5m", "3600", "400d"]
URLS = ["https://u:p%40w@host.example:8443/a%20b/c?x=1&y=2#fr%20ag", "http://[::1]:80/", "jdbc:postgresql://db/x", "mailto:a@b", "//host/p", "/p?q", "a/b", "", ":x", "http://a b/",
        "http://h:po/", "1a:b", "a%zz", "http://h/%zz", "HTTP://H/", "http://h?a=%41", "postgres://u:p:w@h:5432/db?sslmode=require", "x://h#", "http://é/ü?ö#ä", "http://h:80:90/", "ftp://h:1:2/", "http://[::1", "http://u@:1", "?q", "#f"]
VERSIONS = ["1.2.3", "v1.2", "1", "1.2.3-beta.1+b5", "1.2.3-alpha", "2.0.0", "0.0.0", "0.1.2", "01.2.3", "1.2.3-01", "x", "", "1.2.3.4", "99999999999999999999.0.0", "1.2.3-a.b.10", "1.2.3+meta", "0.0.3"]
CONSTRAINTS = ["1.2.3", "=1.2", ">1.2", ">=1.2.3", "<2", "<=1.2", "!=1.2.3", "~1.2", "~1", "^1.2.3", "^0.1", "^0.0.3", "*", "1.x", "1.2.X", ">=1.0 <2.0", ">1, <3 || =0.1.2", "1.0 - 2.0",
               ">=1.2.3-alpha", "~>1.2", "", "x", "||", ">", "=> 1.2", "^*", "!=1", "!=1.x", "~0.0.0", "^0.0.0", "> *", "<= x", "!= *", "1.2.3 || 2", "~1.2.3-beta", "^1.2.3-alpha.1", "a.b"]
REGEXES = ["a", "a+", "[a-z]+", "(a)(b)?", "^.", ".$", r"\d+", r"\w+", r"\s", "", "x*", "(?P<n>[a-z])", "(?<n>.)", "(?i)ABC", "(?m)^.", "(?s).", r"\bfoo", r"\pL", r"\p{Greek}", "[[:alpha:]]+", "a|b", "(a|b)*",
           "[", "(", ")", "*", "a**", r"\1", r"\C", "(?=a)", "(?P<n", "a{1001}", "a{2,3}", "z-a", "[z-a]", r"\pX", r"\Qa.b\E", "(?U)a+", "\\", "[[:nope:]]", "(?P<n>a)(?P<n>b)", "(?P<1>a)", "é", "[^a]", r"[\d]", "a{,2}", "a{2}{3}", "(?z)", "(?:a)", "x{0}",
           r"\z", r"\A.", r"\x41", r"\x{1F600}", r"[\x{80}-\x{FFFF}]", r"\8", "(?i:a)B", "a??", "a{1,0}", "(?P<é>a)", "[a-\\d]", "(()", "a++", "(?i)(?-i)", "[]a]", "[^]a]", r"\pN", "\\Z", "\\G", "^*", "$+", "(|a)*", "(a*)+", "a{99999}", "(?P=n)", "(?<n>", "(?#c)", "\\p{Nope}", "\\p{^Greek}", "\\P{L}", "[:alpha:]", "\\h", "\\K", "\\R", "[\\Q]\\E]"]
REPLACEMENTS = ["", "-", "$1", "${1}", "$n", "${n}x", "$$", "$1W", "$", "${", "$0", "[$0]", "${1", "$99", "\\1", "$é", "x$", "${}", "$1$2", "$_"]
JSONS = ['{"a":1,"b":[1,"x",null,true,{"c":2.5}]}', "[]", "{}", "null", "1", '"x"', "[1,2,3]", '{"a":{"b":{"c":"d"}}}', "", " ", "{", "[1,", '{"a"', '{"a":}', "nul", "tru", "-", "1.", "1e", "01", "[1 2]", '{"a":1,}', '"\\x"',
         '"\\u12"', "1 2", "'a'", '{"a":1,"a":2}', '"\\ud800"', "1e400", "-0", '{"é":"ü"}', '["a","b"]', "[[1],[2,[3]]]", '{"b":null,"a":""}', '"a\tb"', "\t[1]\n", '{1:2}', "+1", ".5", "NaN", '"\\ud83d\\ude00"', "[1,]", "[,]", "tru e", "nullx", '{"a" 1}', '"abc', "[", "é", "1é", "-a", "1.a", "1e+", "0x1", "truE", "\u00a01"]
YAMLS = ["a: 1\nb: [1, x, null]\n", "- a\n- 2\n", "", "x", "a: &A {k: v}\nb: *A\n", "a: |\n  t\n  u\n", "a: >\n  t\n  u\n", "a: yes\nb: 0x1F\nc: 017\nd: 1_000\ne: 1.5\nf: .inf\ng: 2024-01-02\n", "1: a\ntrue: b\n", "a: [", "a: b: c", "\ta: 1", "*x", "--- a\n--- b\n",
         "{a: 1, b: {c: [1]}}", "a: 'it''s'\nb: \"\\u00e9\\n\"\n", "!!str 5", "a: !!int \"5\"", "a:\n- 1\n-2\n", "- - 1\n  - 2\n- x: y\n  z: w\n", "a: ~\nb:\n", "# only\n", "<<: {a: 1}\nb: 2", "'a'", "a: 1:30\nb: 08\nc: 0o17\nd: 0b11\ne: 18446744073709551615\nf: -.5\n", "? [a]\n: b", "a: 1e3\nb: +1\nc: 1.\nd: tRUE\ne: No\nf: nULL", "a: \"x", "%x", "@a", "`a`", "- a\nb: c", "a: *n", "!!binary aGk=", "!!binary ???", "a: 1\na: 2", "k: !foo bar", "!!float 1", "!!null x", "- !!bool yes", "a: b\n c: d", "a\nb", "a: 'x\n\n  y'", "a: x # c", "[a, b: c]", "{a, b}", "a: |2\n   x\n", "a: |-\n x\n\n", "a: >+\n x\n\n", "!!timestamp 2020-01-01", "x: 1_0.5\ny: 0x_1\nz: 1__0\nw: _1\nv: 0b\nu: +.inf\nt: -0\ns: 0.0", "= : x", "a: \"\\x41\\z\"", "---\n...\nb"]
BASES = ["YWJj", "YQ==", "YQ", "_-8=", "+/8=", "!", "YWJj\n", "", "w6k=", "////", "YQ=", "MFRGG===", "=", "YR=="]
FORMATS = ["%v", "%d", "%s", "%q", "%x", "%5d", "%-5d|", "%05d", "%+d", "%.2f", "%8.3f", "%e", "%g", "%G", "%t", "%T", "%#v", "%+v", "%c", "%U", "%#U", "%o", "%O", "%b", "%X", "% x", "%#x", "%+q", "%#q", "%%", "%", "%!", "%z", "%[2]v", "%[1]d %[1]v", "%*d", "%.*f", "%v %v", "%s %d", "%6.2f%%",
           "%05s", "%.3s", "%10q", "%-8s|", "%x %X", "% d", "%08.3f", "%+.2e", "%[3]v", "%[x]d", "%[1]*d", "%.0f", "%.d", "%#g", "%#o", "%p", "%w", "%é", "%-010d|", "%+05d", "% 05d", "%10.3v|", "%v%", "%[2]*[1]d", "%[5", "%.[2]*[1]f", "%1000001d", "%.1000001d", "% q", "%#+v", "%6v", "%06v", "%+s", "%#s", "% s", "%#d", "%#X", "%# x", "%x", "%-06d|", "%.10g", "%#.3g", "%#e", "%.3x", "%+x", "%.3q", "%.5U", "%#12U", "%-#12U|", "%08b", "%.5d", "%8.5d", "%+.3d", "%E", "%F", "%.3", "%-", "%+t", "%5t|"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "No/Where", "", "Local"]
CUTSETS = ["a", " ", "abc", "", "/", "é", "x \n", "日"]
SEPARATORS = [",", "", " ", "a", "/", "\n", ", ", "é", "-", "=", ":"]
TYPE_NAMES = ["string", "int", "float64", "[]interface {}", "map[string]interface {}", "bool", "slice", "map", "*semver.Version", "semver.Version", "invalid", "json.Number", "nil", "<nil>"]

FUNCTIONS = """
toLower str -> str
toUpper str -> str
toTitle str -> str
trim cut str -> str
trimPrefix str str -> str
trimSuffix str str -> str
trimSpace str -> str
replaceAll str str str -> str
regexMatch re str -> bool
regexReplaceAll re repl str -> str
split sep str -> strs
join sep strs -> str
splitToMap sep sep str -> smap
indent int str -> str
base64Encode str -> str
base64URLEncode str -> str
base64Decode b64 -> str
base64URLDecode b64 -> str
sha256Hex str -> str
md5sum str -> str
hmacSHA256Hex str str -> str
parseBool str -> bool
parseInt str -> int64
parseUint str -> uint64
parseFloat str -> float
parseJSON json -> any
parseYAML yaml -> any
toJSON any -> str
toJSONPretty any -> str
toUnescapedJSON any -> str
toUnescapedJSONPretty any -> str
toYAML any -> str
toTOML map -> str
toTOML any -> str
in list any -> bool
in str str -> bool
contains any list -> bool
containsAll list list -> bool
containsAny list list -> bool
containsNone list list -> bool
containsNotAll list list -> bool
mergeMap map map -> map
mergeMapWithOverride map map -> map
explodeMap map -> map
add num num -> num
subtract num num -> num
multiply num num -> num
divide num num -> num
modulo num num -> num
minimum num num -> num
maximum num num -> num
envOrDefault str str -> str
env str -> str
spew_sdump any -> str
spew_sprintf fmt any* -> str
and any any* -> any
or any any* -> any
not any -> bool
eq any any -> bool
eq str str* -> bool
eq num num -> bool
ne any any -> bool
lt num num -> bool
le str str -> bool
gt any any -> bool
ge num num -> bool
len any -> int
index list int -> any
index map str -> any
index str int -> any
index any any* -> any
slice str int int -> str
slice list int int -> list
slice any int -> any
print any* -> str
println any* -> str
printf fmt any -> str
printf fmt any -> str
printf fmt any* -> str
printf fmt num -> str
printf fmt str -> str
html any* -> str
js any* -> str
urlquery any* -> str
call any any* -> any
sprig_upper str -> str
sprig_lower str -> str
sprig_title str -> str
sprig_untitle str -> str
sprig_swapcase str -> str
sprig_trim str -> str
sprig_trimAll cut str -> str
sprig_trimall cut str -> str
sprig_trimPrefix str str -> str
sprig_trimSuffix str str -> str
sprig_nospace str -> str
sprig_initials str -> str
sprig_trunc int str -> str
sprig_substr int int str -> str
sprig_abbrev int str -> str
sprig_abbrevboth int int str -> str
sprig_repeat small str -> str
sprig_replace str str str -> str
sprig_contains str str -> bool
sprig_hasPrefix str str -> bool
sprig_hasSuffix str str -> bool
sprig_quote any* -> str
sprig_squote any* -> str
sprig_cat any* -> str
sprig_indent small str -> str
sprig_nindent small str -> str
sprig_wrap int str -> str
sprig_wrapWith int sep str -> str
sprig_plural str str int -> str
sprig_camelcase str -> str
sprig_snakecase str -> str
sprig_kebabcase str -> str
sprig_sha1sum str -> str
sprig_sha256sum str -> str
sprig_sha512sum str -> str
sprig_adler32sum str -> str
sprig_b64enc str -> str
sprig_b32enc str -> str
sprig_b64dec b64 -> str
sprig_b32dec b64 -> str
sprig_toString any -> str
sprig_toStrings any -> strs
sprig_join sep any -> str
sprig_split sep str -> smap
sprig_splitn sep int str -> smap
sprig_splitList sep str -> strs
sprig_sortAlpha list -> strs
sprig_hello -> str
sprig_add any* -> int64
sprig_sub any any -> int64
sprig_mul any any* -> int64
sprig_div any any -> int64
sprig_mod any any -> int64
sprig_add1 any -> int64
sprig_max any any* -> int64
sprig_biggest any any* -> int64
sprig_min any any* -> int64
sprig_maxf any any* -> float
sprig_minf any any* -> float
sprig_addf num num* -> float
sprig_add1f any -> float
sprig_subf num num* -> float
sprig_mulf num num* -> float
sprig_divf num num* -> float
sprig_floor any -> float
sprig_ceil any -> float
sprig_round any int -> float
sprig_round any int float -> float
sprig_int any -> int
sprig_int64 any -> int64
sprig_float64 any -> float
sprig_atoi str -> int
sprig_toDecimal any -> int64
sprig_until small -> ints
sprig_untilStep small small small -> ints
sprig_seq small* -> str
sprig_list any* -> list
sprig_tuple any* -> list
sprig_first list -> any
sprig_last list -> any
sprig_rest list -> list
sprig_initial list -> list
sprig_append list any -> list
sprig_push list any -> list
sprig_prepend list any -> list
sprig_concat list* -> list
sprig_reverse list -> list
sprig_uniq list -> list
sprig_without list any* -> list
sprig_compact list -> list
sprig_has any list -> bool
sprig_slice list any any -> any
sprig_chunk int list -> any
sprig_mustFirst any -> any
sprig_mustAppend any any -> any
sprig_mustReverse any -> any
sprig_mustUniq any -> any
sprig_mustSlice any any -> any
sprig_mustHas any any -> bool
sprig_mustWithout any any* -> list
sprig_mustCompact any -> list
sprig_mustChunk int any -> any
sprig_mustPush any any -> list
sprig_mustPrepend any any -> list
sprig_mustRest any -> any
sprig_mustInitial any -> any
sprig_mustLast any -> any
sprig_dict str any str any -> map
sprig_dict any* -> map
sprig_get map str -> any
sprig_set map str any -> map
sprig_unset map str -> map
sprig_hasKey map str -> bool
sprig_pluck str map* -> list
sprig_pick map str* -> map
sprig_omit map str* -> map
sprig_dig str any map -> any
sprig_dig str str any map -> any
sprig_merge map map* -> map
sprig_mergeOverwrite map map* -> map
sprig_mustMerge map map* -> map
sprig_mustMergeOverwrite map map* -> map
sprig_deepCopy any -> any
sprig_mustDeepCopy any -> any
sprig_empty any -> bool
sprig_default any any -> any
sprig_default any any* -> any
sprig_coalesce any* -> any
sprig_all any* -> bool
sprig_any any* -> bool
sprig_ternary any any bool -> any
sprig_fromJson json -> any
sprig_mustFromJson json -> any
sprig_toJson any -> str
sprig_toPrettyJson any -> str
sprig_toRawJson any -> str
sprig_mustToJson any -> str
sprig_mustToPrettyJson any -> str
sprig_mustToRawJson any -> str
sprig_typeOf any -> str
sprig_typeIs type any -> bool
sprig_typeIsLike type any -> bool
sprig_kindOf any -> str
sprig_kindIs type any -> bool
sprig_deepEqual any any -> bool
sprig_fail str -> str
sprig_base str -> str
sprig_dir str -> str
sprig_clean str -> str
sprig_ext str -> str
sprig_isAbs str -> bool
sprig_osBase str -> str
sprig_osDir str -> str
sprig_osClean str -> str
sprig_osExt str -> str
sprig_osIsAbs str -> bool
sprig_urlParse url -> map
sprig_urlJoin map -> str
sprig_regexMatch re str -> bool
sprig_regexFind re str -> str
sprig_regexFindAll re str int -> strs
sprig_regexReplaceAll re str repl -> str
sprig_regexReplaceAllLiteral re str repl -> str
sprig_regexSplit re str int -> strs
sprig_regexQuoteMeta str -> str
sprig_mustRegexMatch re str -> bool
sprig_mustRegexFind re str -> str
sprig_mustRegexFindAll re str int -> strs
sprig_mustRegexReplaceAll re str repl -> str
sprig_mustRegexReplaceAllLiteral re str repl -> str
sprig_mustRegexSplit re str int -> strs
sprig_toDate layout date -> time
sprig_mustToDate layout date -> time
sprig_unixEpoch time -> str
sprig_mustDateModify dur time -> time
sprig_must_date_modify dur time -> time
sprig_duration any -> str
sprig_duration dur -> str
sprig_durationRound any -> str
sprig_durationRound dur -> str
sprig_semver version -> semver
sprig_semverCompare constraint version -> bool
sprig_derivePassword small str str str str -> str
sprig_decryptAES str b64 -> str
sprig_buildCustomCert b64 b64 -> any
"""

# Offered by consul-template up to 0.40, and by leasehold.
FULL_FUNCTIONS = """
sprig_date layout time -> str
sprig_date layout int -> str
sprig_dateInZone layout time zone -> str
sprig_date_in_zone layout int zone -> str
sprig_dateModify dur time -> time
sprig_date_modify dur time -> time
sprig_htmlDate time -> str
sprig_htmlDateInZone time zone -> str
sprig_env str -> str
sprig_expandenv str -> str
"""


@functools.cache
def parse(lines):
    """[(name, [kind], repeated, result)]"""
    rows = []
    for line in lines.split("\n"):
        if not line:
            continue
        left, result = line.split("->")
        name, *kinds = left.split()
        rows.append((name, [kind.rstrip("*") for kind in kinds], line.find("*") >= 0, result.strip()))
    return rows
