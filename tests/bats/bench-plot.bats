#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktls-bench --plot: pictures by gnuplot. How handsome they are is for people to say.
# shellcheck disable=SC2016,SC2154

load bench-helpers.bash

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	need_tool gnuplot
	need_tool xmllint
}

# Where nothing may be skipped, the test itself will say that it is missing.
need_tool() {
	[ "${KTLS_VM_STRICT-}" != 1 ] || return 0
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# text_of FILE: the text in an SVG, a piece a line.
text_of() {
	xmllint --xpath '//*[local-name()="text"]' "$1" | sed -e 's/<[^>]*>/\n/g' -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&amp;/\&/g' | sed -e 's/^[[:space:]]*//' -e '/^$/d'
}

# has_words FILE: every line of standard input is a piece of text in it, or begins one.
has_words() {
	local line
	text_of "$1" >words
	while IFS= read -r line; do
		grep -q -F -- "$line" words || { echo "not in $1: $line"; return 1; }
	done
}

# fake_gnuplot COMMAND...: what is run instead of it.
fake_gnuplot() {
	mkdir -p fake
	printf '#!/bin/sh\n%s\n' "$*" >fake/gnuplot
	chmod +x fake/gnuplot
	PATH=$PWD/fake:$PATH
}

# No picture, and none that is not finished, under whatever name.
nothing_is_left() {
	[ -z "$(find . -name '*plot.svg*')" ]
}

@test "plot: throughput is bars, with both axes and where they come from" {
	bench --plot plot.svg --csv out.csv -T 'A title' >table
	xmllint --noout plot.svg
	has_words plot.svg <<-END
		A title
		Gbit/s (more is better)
		CPU s/GiB (less is better)
		Linux $(uname -r)
		loopback
		records of 16384
	END
	cut -d, -f2 out.csv | tail -n +2 | uniq | sed -e 's/^plain$/plain TCP/' -e 's/^engine$/libktls, engine/' -e 's/^libssl-ktls$/libssl, its own kTLS/' \
		-e 's/^kernel$/libktls, kernel/' -e 's/^kernel-sendfile$/kernel with sendfile/' \
		-e 's/^kernel-zerocopy$/kernel, zero-copy sendfile/' >titles
	[ "$(wc -l <titles)" -ge 3 ]
	has_words plot.svg <titles
	# Who is not there is named.
	kernel_is_required || text_of plot.svg | grep -q 'not run: \|libktls, kernel'
	# The picture comes beside the table, not instead of it.
	grep -q '^libktls, engine  *[0-9.]* ' table
}

@test "plot: the numbers are those of the report" {
	command -v jq >/dev/null || skip 'jq is not installed'
	bench -J --plot plot.gp --cases plain,libssl,engine >report.json
	report '.end.cases[].results.bits_per_second | [.median, .min, .max] | map(. / 1e7 | round) | join(" ")' >expected
	awk '/^\$bars1/ { on = 1; next } /^EOD/ { on = 0 } on { printf "%.0f %.0f %.0f\n", 100 * $2, 100 * $3, 100 * $4 }' plot.gp >drawn
	diff expected drawn
	bench rr -J --plot plot.gp --cases libssl --runs 1 >report.json
	awk '/^\$curve/ { on = 1; next } /^EOD/ { on = 0 } on && $2 < 2 { us = $1 } on && $2 >= 2 && !done { done = 1; print $1 }' plot.gp >p99
	awk -v report="$(report '.end.cases[0].results.latency_seconds.p99')" '{ print $1, report; exit !($1 > report * 1e6 * 0.999 && $1 < report * 1e6 * 1.001) }' p99
}

@test "plot: rr and handshake are curves of latencies" {
	bench rr --plot rr.svg >table
	xmllint --noout rr.svg
	has_words rr.svg <<-'END'
		ktls-bench rr
		latency, microseconds (less is better)
		per cent that took no longer
		plain TCP
		libssl
		libktls, engine
		requests of 64
	END
	bench handshake --plot handshake.svg --cases plain,libssl,engine >table
	xmllint --noout handshake.svg
	has_words handshake.svg <<-'END'
		ktls-bench handshake
		plain TCP
		libssl, full
		libssl, resumed
		libktls, engine, full
		libktls, engine, resumed
	END
}

@test "plot: crypto is curves over the size of records" {
	bench_crypto --sizes 64,1k --cases libcrypto,evp --plot crypto.svg >table
	xmllint --noout crypto.svg
	has_words crypto.svg <<-'END'
		ktls-bench crypto
		length of the records
		GB/s (more is better)
		CPU s/GiB (less is better)
		64 B
		1 KiB
		libcrypto, seal
		evp, open
		one thread
	END
	! text_of crypto.svg | grep -q -e null -e loopback
}

@test "plot: sizes are curves over them, and rekey is bars" {
	bench --sizes 64,1k,16k,64k --plot sizes.svg --cases plain,libssl,engine >table
	xmllint --noout sizes.svg
	has_words sizes.svg <<-'END'
		length of the writes
		Gbit/s (more is better)
		CPU s/GiB (less is better)
		64 B
		1 KiB
		16 KiB
		64 KiB
		plain TCP
		libktls, engine
	END
	bench rekey --plot rekey.svg --every 64k,1M --cases libssl,engine >table
	xmllint --noout rekey.svg
	has_words rekey.svg <<-'END'
		ktls-bench rekey
		libssl, never
		libktls, engine, every 64 KiB
		libktls, engine, every 1 MiB
	END
	# One size alone is no curve.
	bench --sizes 64 --plot one.gp --cases plain,engine >table
	grep -q '^\$bars1 ' one.gp
}

@test "plot: a carrier has the same colour in all of them" {
	bench --plot bars.svg --cases engine,plain >table
	bench rr --plot rr.svg --cases plain,engine >table
	bench --plot sizes.svg --sizes 1k,16k --cases libssl,engine >table
	for picture in bars rr sizes; do
		tr -d ' ' <$picture.svg | grep -q -i 'rgb(0,158,115)\|#009e73'
	done
}

@test "plot: PNG has a size" {
	bench --plot plot.png --cases plain,engine >table
	[ "$(od -An -tx1 -N8 plot.png | tr -d ' \n')" = 89504e470d0a1a0a ]
	[ "$(od -An -tx1 -j12 -N4 plot.png | tr -d ' \n')" = 49484452 ]
	# Width and height: big endian, behind the chunk's name.
	[ "$(($(od -An -tx1 -j16 -N4 plot.png | tr -d ' \n' | sed 's/^/0x/')))" -ge 1000 ]
	[ "$(($(od -An -tx1 -j20 -N4 plot.png | tr -d ' \n' | sed 's/^/0x/')))" -ge 200 ]
	[ "$(stat -c %a plot.png)" = 644 ]
}

@test "plot: a title is words and nothing else" {
	hostile=$'it\'s `touch injected` "$(touch injected)" $HOME @x \\n %s <b>&amp; ${y} _a^b\nsystem("touch injected")\n!touch injected\n\'; system "touch injected"; \''
	bench --plot plot.svg --runs 1 --cases plain -T "$hostile" >table
	xmllint --noout plot.svg
	[ ! -e injected ]
	# All of it, in its lines: what ended a line before is a blank.
	text_of plot.svg | tr '\n' ' ' >text
	grep -q -F 'it'\''s `touch injected` "$(touch injected)" $HOME @x \n %s <b>&amp; ${y} _a^b' text
	grep -q -F '!touch injected' text
	# What is no UTF-8, no character, or endless.
	bench --plot plot.svg --runs 1 --cases plain -T $'Gr\xc3\xb6\xc3\x9fe' >table
	text_of plot.svg | grep -qx $'Gr\xc3\xb6\xc3\x9fe'
	bench --plot plot.svg --runs 1 --cases plain -T $'\xff\xfe\x01\x1b[31m\xef\xbf\xbe' >table
	xmllint --noout plot.svg
	bench --plot plot.svg --runs 1 --cases plain -T "$(printf 'word %.0s' $(seq 3000))" >table
	xmllint --noout plot.svg
	text_of plot.svg | grep -q 'word \.\.\.$'
	bench --plot plot.svg --runs 1 --cases plain -T '' >table
	xmllint --noout plot.svg
}

@test "plot: the script can be drawn by hand, elsewhere, and asks for no other file" {
	bench --plot plot.gp --cases plain,engine -T "it's" >table
	mkdir elsewhere
	cp plot.gp elsewhere
	(cd elsewhere && gnuplot plot.gp >by-hand.svg)
	xmllint --noout elsewhere/by-hand.svg
	has_words elsewhere/by-hand.svg <<-'END'
		it's
		libktls, engine
		Gbit/s (more is better)
	END
	# For other tastes.
	(cd elsewhere && sed 's/^set terminal .*/set terminal dumb 120,40/' plot.gp | gnuplot - >by-hand.txt)
	grep -q 'libktls, engine' elsewhere/by-hand.txt
	# It takes no gnuplot to write it.
	fake_gnuplot exit 1
	bench --plot plot.gp --runs 1 --cases plain >table
}

@test "plot: the user's own settings of gnuplot change nothing" {
	mkdir home
	echo 'set terminal dumb; set output "elsewhere"; set title "mine"' >home/.gnuplot
	HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home bench --plot plot.svg --runs 1 --cases plain >table
	xmllint --noout plot.svg
	run ! grep -q mine plot.svg
	[ ! -e elsewhere ]
}

@test "plot: gnuplot that fails leaves no picture, but the report" {
	while IFS='|' read -r command words; do
		echo "$command"
		fake_gnuplot "$command"
		run -1 --separate-stderr bench --plot plot.svg --runs 1 --cases plain
		[ "$stderr" = "ktls-bench: $words" ]
		[[ $output == *'Gbit/s'*'plain TCP'* ]]
		nothing_is_left
	done <<-'END'
		echo half; echo "gnuplot> set x" >&2; echo "  line 3: no such thing" >&2; exit 3|gnuplot failed: line 3: no such thing
		exit 1|gnuplot failed: it does not say why
		echo half; kill -9 $$|gnuplot was ended by signal 9
		exit 0|gnuplot drew nothing
		echo warning >&2; cat >/dev/null|gnuplot drew nothing: warning
	END
	# What was there before stays.
	echo old >plot.svg
	run -1 bench --plot plot.svg --runs 1 --cases plain
	[ "$(cat plot.svg)" = old ]
}

@test "plot: without gnuplot there is one line that says so" {
	mkdir bin
	find /usr/bin /bin -maxdepth 1 ! -name 'gnuplot*' ! -type d -exec ln -sf -t bin {} +
	PATH=$PWD/bin run -1 --separate-stderr bench --plot plot.svg --runs 1 --cases plain
	[ "$stderr" = 'ktls-bench: gnuplot, which draws, cannot be run: No such file or directory' ]
	[[ $output == *'plain TCP'* ]]
	nothing_is_left
}

@test "plot: a file that cannot be is found out before anything is measured" {
	ln -s elsewhere link.svg
	mkdir folder.svg
	while IFS='|' read -r file words; do
		echo "$file"
		run -1 --separate-stderr bench -t 60s --plot "$file" --cases plain
		[ "$stderr" = "ktls-bench: $file: $words" ]
		[ -z "$output" ]
	done <<-'END'
		no/such/plot.svg|No such file or directory
		link.svg|is not a regular file
		folder.svg|is not a regular file
	END
	[ ! -e elsewhere ]
	[ -z "$(find . -name '.*.svg.*')" ]
}

@test "plot: the name says what it is to be" {
	for file in plot plot.jpg plot.svg.txt .svg .png svg; do
		run -2 --separate-stderr bench --plot "$file"
		[[ ${stderr_lines[0]} == "ktls-bench: --plot: '$file' ends neither in .svg nor in .png nor in .gp"* ]]
		[ -z "$output" ]
	done
}
