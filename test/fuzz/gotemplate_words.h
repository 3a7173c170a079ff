// Words of the two-byte code of gotemplate_exec_fuzz.cc: syntax and literals twice, every function once. A
// function brings the blank that follows it.
#pragma once

#include <string_view>

namespace leasehold::fuzz {

// clang-format off
inline constexpr std::string_view kWords[] = {
    "{{ ", " }}", "{{ ", " }}", "{{- ", " -}}", " | ", " | ", "(", ")", "(", ")", " ", "$x", "$y", "$x := ",
    "$x = ", "$k, $v := ", ".", ".Data", ".a", ".b", "$.a", ",", "if ", "else", "else if ", "else with ", "with ",
    "range ", "end", "end", "{{ end }}", "{{ end }}", "{{ else }}", "define \"t\"", "template \"t\" ",
    "block \"t\" ", "break", "continue", "nil", "text", "\n", "{{ with secret \"p\" }}", "{{ range ", "{{ if ",
    "/*", "*/", "executeTemplate \"t\" ", "scratch", ".Set \"a\" ", ".Get \"a\"", ".MapSet \"a\" \"b\" ",
    ".MapValues \"a\"", ".Format ", ".Unix", ".Compare ", "loop 3", "loop ", "{{ ", " }}", "{{ ", " }}", "{{- ",
    " -}}", " | ", " | ", "(", ")", "(", ")", " ", "$x", "$y", "$x := ", "$x = ", "$k, $v := ", ".", ".Data", ".a",
    ".b", "$.a", ",", "if ", "else", "else if ", "else with ", "with ", "range ", "end", "end", "{{ end }}",
    "{{ end }}", "{{ else }}", "define \"t\"", "template \"t\" ", "block \"t\" ", "break", "continue", "nil",
    "text", "\n", "{{ with secret \"p\" }}", "{{ range ", "{{ if ", "/*", "*/", "executeTemplate \"t\" ", "scratch",
    ".Set \"a\" ", ".Get \"a\"", ".MapSet \"a\" \"b\" ", ".MapValues \"a\"", ".Format ", ".Unix", ".Compare ",
    "loop 3", "loop ", "0", "1", "-1", "2", "3", "10", "100", "1000000", "2.5", "1e6", "-0.5", "1i", "true",
    "false", "'a'", "\"\"", "\"a\"", "\"a,b,c\"", "\"é日\"", "\"\\xff\"", "\"%v %d\"", "\"%[2]*[1]d\"",
    "\"%08.3f|%-5s|%+q\"", "\"(a)(b*)\"", "\"[a-z]+\"", "\"$1\"", "`{\"a\":[1,2.5,null,\"x\"],\"b\":{\"c\":true}}`",
    "`a: [1, {b: c}]`", "\"2006-01-02\"", "\"2024-02-29\"", "\"1h30m\"", "\"https://u:p@h:1/p?q#f\"",
    "\">=1.2, <2\"", "\"1.2.3-a+b\"", "\"YWJj\"", "\"UTC\"", "0", "1", "-1", "2", "3", "10", "100", "1000000",
    "2.5", "1e6", "-0.5", "1i", "true", "false", "'a'", "\"\"", "\"a\"", "\"a,b,c\"", "\"é日\"", "\"\\xff\"",
    "\"%v %d\"", "\"%[2]*[1]d\"", "\"%08.3f|%-5s|%+q\"", "\"(a)(b*)\"", "\"[a-z]+\"", "\"$1\"",
    "`{\"a\":[1,2.5,null,\"x\"],\"b\":{\"c\":true}}`", "`a: [1, {b: c}]`", "\"2006-01-02\"", "\"2024-02-29\"",
    "\"1h30m\"", "\"https://u:p@h:1/p?q#f\"", "\">=1.2, <2\"", "\"1.2.3-a+b\"", "\"YWJj\"", "\"UTC\"", "toLower ",
    "toUpper ", "toTitle ", "trim ", "trimPrefix ", "trimSuffix ", "trimSpace ", "replaceAll ", "regexMatch ",
    "regexReplaceAll ", "split ", "join ", "splitToMap ", "indent ", "base64Encode ", "base64URLEncode ",
    "base64Decode ", "base64URLDecode ", "sha256Hex ", "md5sum ", "hmacSHA256Hex ", "parseBool ", "parseInt ",
    "parseUint ", "parseFloat ", "parseJSON ", "parseYAML ", "toJSON ", "toJSONPretty ", "toUnescapedJSON ",
    "toUnescapedJSONPretty ", "toYAML ", "toTOML ", "in ", "contains ", "containsAll ", "containsAny ",
    "containsNone ", "containsNotAll ", "mergeMap ", "mergeMapWithOverride ", "explodeMap ", "add ", "subtract ",
    "multiply ", "divide ", "modulo ", "minimum ", "maximum ", "envOrDefault ", "env ", "spew_sdump ",
    "spew_sprintf ", "and ", "or ", "not ", "eq ", "ne ", "lt ", "le ", "gt ", "ge ", "len ", "index ", "slice ",
    "print ", "println ", "printf ", "html ", "js ", "urlquery ", "call ", "sprig_upper ", "sprig_lower ",
    "sprig_title ", "sprig_untitle ", "sprig_swapcase ", "sprig_trim ", "sprig_trimAll ", "sprig_trimall ",
    "sprig_trimPrefix ", "sprig_trimSuffix ", "sprig_nospace ", "sprig_initials ", "sprig_trunc ", "sprig_substr ",
    "sprig_abbrev ", "sprig_abbrevboth ", "sprig_repeat ", "sprig_replace ", "sprig_contains ", "sprig_hasPrefix ",
    "sprig_hasSuffix ", "sprig_quote ", "sprig_squote ", "sprig_cat ", "sprig_indent ", "sprig_nindent ",
    "sprig_wrap ", "sprig_wrapWith ", "sprig_plural ", "sprig_camelcase ", "sprig_snakecase ", "sprig_kebabcase ",
    "sprig_sha1sum ", "sprig_sha256sum ", "sprig_sha512sum ", "sprig_adler32sum ", "sprig_b64enc ", "sprig_b32enc ",
    "sprig_b64dec ", "sprig_b32dec ", "sprig_toString ", "sprig_toStrings ", "sprig_join ", "sprig_split ",
    "sprig_splitn ", "sprig_splitList ", "sprig_sortAlpha ", "sprig_hello ", "sprig_add ", "sprig_sub ",
    "sprig_mul ", "sprig_div ", "sprig_mod ", "sprig_add1 ", "sprig_max ", "sprig_biggest ", "sprig_min ",
    "sprig_maxf ", "sprig_minf ", "sprig_addf ", "sprig_add1f ", "sprig_subf ", "sprig_mulf ", "sprig_divf ",
    "sprig_floor ", "sprig_ceil ", "sprig_round ", "sprig_int ", "sprig_int64 ", "sprig_float64 ", "sprig_atoi ",
    "sprig_toDecimal ", "sprig_until ", "sprig_untilStep ", "sprig_seq ", "sprig_list ", "sprig_tuple ",
    "sprig_first ", "sprig_last ", "sprig_rest ", "sprig_initial ", "sprig_append ", "sprig_push ",
    "sprig_prepend ", "sprig_concat ", "sprig_reverse ", "sprig_uniq ", "sprig_without ", "sprig_compact ",
    "sprig_has ", "sprig_slice ", "sprig_chunk ", "sprig_mustFirst ", "sprig_mustAppend ", "sprig_mustReverse ",
    "sprig_mustUniq ", "sprig_mustSlice ", "sprig_mustHas ", "sprig_mustWithout ", "sprig_mustCompact ",
    "sprig_mustChunk ", "sprig_mustPush ", "sprig_mustPrepend ", "sprig_mustRest ", "sprig_mustInitial ",
    "sprig_mustLast ", "sprig_dict ", "sprig_get ", "sprig_set ", "sprig_unset ", "sprig_hasKey ", "sprig_pluck ",
    "sprig_pick ", "sprig_omit ", "sprig_dig ", "sprig_merge ", "sprig_mergeOverwrite ", "sprig_mustMerge ",
    "sprig_mustMergeOverwrite ", "sprig_deepCopy ", "sprig_mustDeepCopy ", "sprig_empty ", "sprig_default ",
    "sprig_coalesce ", "sprig_all ", "sprig_any ", "sprig_ternary ", "sprig_fromJson ", "sprig_mustFromJson ",
    "sprig_toJson ", "sprig_toPrettyJson ", "sprig_toRawJson ", "sprig_mustToJson ", "sprig_mustToPrettyJson ",
    "sprig_mustToRawJson ", "sprig_typeOf ", "sprig_typeIs ", "sprig_typeIsLike ", "sprig_kindOf ", "sprig_kindIs ",
    "sprig_deepEqual ", "sprig_fail ", "sprig_base ", "sprig_dir ", "sprig_clean ", "sprig_ext ", "sprig_isAbs ",
    "sprig_osBase ", "sprig_osDir ", "sprig_osClean ", "sprig_osExt ", "sprig_osIsAbs ", "sprig_urlParse ",
    "sprig_urlJoin ", "sprig_regexMatch ", "sprig_regexFind ", "sprig_regexFindAll ", "sprig_regexReplaceAll ",
    "sprig_regexReplaceAllLiteral ", "sprig_regexSplit ", "sprig_regexQuoteMeta ", "sprig_mustRegexMatch ",
    "sprig_mustRegexFind ", "sprig_mustRegexFindAll ", "sprig_mustRegexReplaceAll ",
    "sprig_mustRegexReplaceAllLiteral ", "sprig_mustRegexSplit ", "sprig_toDate ", "sprig_mustToDate ",
    "sprig_unixEpoch ", "sprig_mustDateModify ", "sprig_must_date_modify ", "sprig_duration ",
    "sprig_durationRound ", "sprig_semver ", "sprig_semverCompare ", "sprig_decryptAES ",
};
// clang-format on

}  // namespace leasehold::fuzz
