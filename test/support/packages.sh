# shellcheck shell=bash
# Installing what the tests need, on Debian and Ubuntu. Sourced, after suites.sh.

is_installed() {
	dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# apt_install PACKAGE...
apt_install() {
	local sudo=
	if ! command -v apt-get >/dev/null; then
		say "Please install what Debian calls: $*"
		return 1
	fi
	say "installing $*"
	[ "$(id -u)" = 0 ] || sudo=sudo
	# At run level 1 a package starts no service: the tests start their own.
	$sudo apt-get update >"$logs/apt" 2>&1 &&
		$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y \
			--no-install-recommends "$@" >>"$logs/apt" 2>&1 || {
		tail -n 20 "$logs/apt"
		return 1
	}
}

install_packages() {
	local missing=() package
	for package in gcc g++ clang clang-format clang-tidy cppcheck binutils meson ninja-build \
		pkg-config valgrind wrk python3 libmicrohttpd-dev libcurl4-gnutls-dev \
		libcjson-dev libgnutls28-dev libcmocka-dev libhiredis-dev redis-server chromium \
		prometheus libedit-dev libsecret-1-dev gnome-keyring dbus-daemon cmake make \
		doxygen help2man man-db mandoc nginx openssl git curl libjwt-gnutls-dev; do
		is_installed "$package" || missing+=("$package")
	done
	# Another flavour of libcurl that is there already will do as well.
	if pkg-config --exists libcurl 2>/dev/null; then
		missing=("${missing[@]/libcurl4-gnutls-dev/}")
	fi
	read -ra missing <<<"${missing[*]-}"
	[ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

# libFuzzer is no part of clang's own package, and is named after its version.
install_fuzzer() {
	local package
	package=libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev
	is_installed "$package" || apt_install "$package"
}
