#!/bin/sh
# pgrep and pkill of the agent's image: Debian's busybox has neither, and commands of annotations use
# them. By name, or with -f by command line; the pattern is an extended regular expression.
#
#   pgrep [-fnoxl] [-P PARENT] PATTERN
#   pkill [-SIGNAL] [-fnox] [-P PARENT] PATTERN
#
# Exit status: 0 found, 1 nothing found, 2 wrong usage.
me=${0##*/}
me=${me%.sh}
signal=TERM full='' pick='' exact='' long='' parent=''
usage() { echo "usage: $me $([ "$me" = pkill ] && echo '[-SIGNAL] ')[-fnoxl] [-P PARENT] PATTERN" >&2; exit 2; }

letters() {
  case $1 in *f*) full=1 ;; esac
  case $1 in *x*) exact=1 ;; esac
  case $1 in *l*) long=1 ;; esac
  case $1 in *o*) pick=old ;; *n*) pick=new ;; esac
}

while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    -P) [ $# -gt 1 ] || usage; parent=$2; shift ;;
    -) usage ;;
    -*[!fnoxl]*)
      # Something else than letters of ours behind the dash is a signal.
      if [ "$me" = pkill ]; then signal=${1#-}; else usage; fi ;;
    -*) letters "$1" ;;
    *) break ;;
  esac
  shift
done
if [ $# != 1 ] || [ -z "$1" ]; then usage; fi
pattern=$1
[ -z "$exact" ] || pattern="^($pattern)\$"

found='' best=''
for folder in /proc/[0-9]*; do
  pid=${folder#/proc/}
  [ "$pid" != $$ ] || continue
  { read -r stat <"$folder/stat"; } 2>/dev/null || continue  # it has ended meanwhile
  name=${stat#*\(}
  name=${name%\)*}
  # shellcheck disable=SC2086  # numbers, from the state on
  set -- ${stat##*\) }
  [ "$1" != Z ] || continue
  [ -z "$parent" ] || [ "$2" = "$parent" ] || continue
  shift 19
  start=$1 text=$name
  [ -z "$full" ] || text=$(tr '\0' ' ' <"$folder/cmdline" 2>/dev/null)
  printf '%s\n' "${text% }" | grep -qE -e "$pattern" || continue
  line=$pid
  [ -z "$long" ] || line="$pid $name"
  case $pick in
    '') found="$found$line
" ;;
    old) if [ -z "$best" ] || [ "$start" -lt "$best" ]; then best=$start found="$line
"; fi ;;
    new) if [ -z "$best" ] || [ "$start" -ge "$best" ]; then best=$start found="$line
"; fi ;;
  esac
done
[ -n "$found" ] || exit 1
if [ "$me" = pgrep ]; then
  printf '%s' "$found"
else
  # shellcheck disable=SC2046  # one word a process
  kill "-$signal" $(printf '%s' "$found" | cut -d' ' -f1)
fi
