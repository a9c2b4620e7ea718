# What runners share: options, building, and counting. Sourced, from the project's own
# folder. MCPAUTH_BUILD names the build folder, too, as for runners of other kinds.

# shellcheck source=test/support/jobs.sh
. test/support/jobs.sh
progress_look

scratch=$(mktemp -d)
trap 'end_jobs; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# What a test that failed left behind goes with it.
export TMPDIR=$scratch
export CMOCKA_MESSAGE_OUTPUT=TAP
passed=0
failed=0
long=()
build=${MCPAUTH_BUILD:-build}
tsan=build-tsan

say() {
	printf '%s\n' "$*"
}

options() {
	while [ $# -gt 0 ]; do
		case $1 in
		--long) long=(--long) ;;
		--build | --tsan)
			[ $# -gt 1 ] || {
				say "$1 wants a folder" >&2
				exit 2
			}
			[ "$1" = --build ] && build=$2 || tsan=$2
			shift
			;;
		*)
			say "usage: $0 [--long] [--build FOLDER] [--tsan FOLDER]" >&2
			exit 2
			;;
		esac
		shift
	done
}

make_targets() {
	local folder=$1
	shift
	{ [ -f "$folder/build.ninja" ] || meson setup "$folder" "${arguments[@]}"; } &&
		ninja -j2 -C "$folder" "$@"
}

# compile FOLDER [MESON ARGUMENTS...] -- TARGETS...: configure if need be, and compile.
compile() {
	local folder=$1 begin=$SECONDS arguments=()
	shift
	while [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	shift
	launch "$scratch/build" make_targets "$folder" "$@"
	if progress_wait $! "building in $folder" "$scratch/build"; then
		return 0
	fi
	failed=$((failed + 1))
	say "$folder: $* cannot be built ($((SECONDS - begin)) s)"
	tail -n 30 "$scratch/build"
	return 1
}

# A sanitizer's library has to be loaded before any that is preloaded.
preload_first() {
	local library
	library=$(ldd "$build/examples/notes" | awk '/lib[at]san/ { print $3; exit }')
	if [ -n "$library" ]; then
		export NOTES_PRELOAD_FIRST=$library
	fi
}

# tap NAME COMMAND...: count the lines of a program that speaks TAP; its figures are
# shown, and all it says if a test fails.
tap() {
	local name=$1 begin=$SECONDS good bad status
	shift
	launch "$scratch/tap" "$@"
	progress_wait $! "$name" "$scratch/tap"
	status=$?
	good=$(grep -c '^ok ' "$scratch/tap")
	bad=$(grep -c '^not ok ' "$scratch/tap")
	# A crash, or no test at all, has no line of its own.
	if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ "$good" = 0 ]; }; then
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	say "$name: $good passed, $bad failed ($((SECONDS - begin)) s)"
	if [ "$bad" = 0 ]; then
		grep '^# ' "$scratch/tap" | grep -v '^# \(not \)\?ok - ' | sed 's/^# /    /'
	else
		tail -n 60 "$scratch/tap"
	fi
}

finish() {
	say "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}
