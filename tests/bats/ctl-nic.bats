#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ktlsctl nic on the devices of this system, and on some made for the test.
# shellcheck disable=SC2154

load ctl-helpers.bash

# bonding builds on tls, which could not be unloaded as long as it is there.
teardown() {
	! kernel_is_required || modprobe -qr bonding || true
}

setup() {
	run ctl nic lo
	[ "$status" -ne 3 ] || skip 'this kernel has no ethtool netlink'
}

# row FEATURE: its cells for one device in $output, notes left out.
row() {
	sed -n "s/^$1 *//p" <<<"$output" | sed -e 's/([0-9]*)//g' -e 's/   */ | /g'
}

# in_netns COMMAND...: in a network namespace of its own, which goes with it, with /sys to match.
in_netns() {
	[ "$(id -u)" -eq 0 ] || skip 'making devices takes root'
	command -v unshare >/dev/null || skip 'unshare is not installed'
	command -v ip >/dev/null || skip 'ip is not installed'
	# shellcheck disable=SC2016 # for the bash inside
	unshare -n -m bash -ec 'mount -t sysfs sys /sys; "$@"' bash "$@"
}

# with_device NAME TYPE COMMAND...: in a namespace that has the device; status 77 where the kernel has no such type.
with_device() {
	local name=$1 type=$2
	shift 2
	# shellcheck disable=SC2016 # for the bash inside
	in_netns bash -ec 'ip link set lo up; name=$1; type=$2; shift 2
		ip link add "$name" type $type 2>/dev/null || exit 77
		"$@"' bash "$name" "$type" "$@"
}

@test "loopback is fixed off, and why" {
	run -0 ctl nic lo
	[ "$(row tls-hw-tx-offload)" = 'no, fixed | no | no' ]
	[ "$(row tls-hw-rx-offload)" = 'no, fixed | no | no' ]
	has_line '(1) the loopback device has no hardware'
	has_line 'the driver has no counters for TLS'
	has_text 'Cards take TLS 1.2 with AES-GCM; TLS 1.3 stays in software.'
}

@test "without a device all are listed" {
	run -0 ctl nic
	for path in /sys/class/net/*; do
		[ -e "$path/ifindex" ] || continue
		grep -q "^${path##*/} " <<<"$output" || { echo "not listed: $path"; return 1; }
	done
	for line in "${lines[@]}"; do
		[[ $line != *' ' ]]
	done
}

@test "a feature that this kernel does not know is not there" {
	run -0 ctl nic lo
	if kernel_is_at_least 7.2; then
		[ "$(row tls-hw-record)" = '- | - | -' ]
		has_text 'this kernel has no tls-hw-record'
		run -3 --separate-stderr ctl nic lo --record on
		[[ $stderr == *'lo: tls-hw-record cannot be switched on: this kernel has no tls-hw-record'* ]]
	else
		[[ $(row tls-hw-record) == 'no, fixed | no | no' ]]
	fi
}

@test "the JSON document has the device's features and why they are as they are" {
	run -0 ctl nic lo --json
	has_line '  "command": "nic",'
	has_line '      "device": "lo",'
	has_line '      "ifindex": 1,'
	has_line '      "driver": null,'
	has_line '          "capable": false,'
	has_line '          "why": "the loopback device has no hardware"'
	has_line '      "tls_counters": {}'
}

@test "veth, VLAN and bond are fixed off, each for its own reason" {
	command -v ip >/dev/null || skip 'ip is not installed'
	modprobe -q bonding 2>/dev/null || true
	modprobe -q 8021q 2>/dev/null || true
	modprobe -q veth 2>/dev/null || true
	done=0
	for row in 'v0|veth|a veth pair has no hardware' 'b0|bond|a bond hands TLS to its ports only in the modes 802.3ad' \
		'd0|dummy|a dummy device has no hardware'; do
		IFS='|' read -r name type why <<<"$row"
		run with_device "$name" "$type" "$ctl_bin" nic "$name"
		[ "$status" -ne 77 ] || continue
		echo "$output"
		[ "$status" -eq 0 ]
		[ "$(row tls-hw-tx-offload)" = 'no, fixed | no | no' ]
		[ "$(row tls-hw-rx-offload)" = 'no, fixed | no | no' ]
		has_text "$why"
		done=$((done + 1))
	done
	# shellcheck disable=SC2016 # for the bash inside
	run with_device v0 veth bash -ec 'ip link add v0.5 link v0 type vlan id 5 2>/dev/null || exit 77; exec "$1" nic v0.5' bash "$ctl_bin"
	if [ "$status" -ne 77 ]; then
		[ "$(row tls-hw-tx-offload)" = 'no, fixed | no | no' ]
		has_text 'sockets over a VLAN device are not offloaded'
		done=$((done + 1))
	fi
	[ "$done" -gt 0 ] || skip 'this kernel makes none of these devices'
}

# QEMU's card; its driver is not loaded before this.
@test "virtio-net is fixed off, and why" {
	kernel_is_required || skip 'only in a guest: it loads a driver'
	modprobe virtio_pci
	modprobe virtio_net
	for _ in $(seq 100); do
		device=$(cd /sys/class/net && readlink -f -- * | sed -n 's|.*/virtio[0-9]*/net/||p')
		[ -z "$device" ] || break
		sleep 0.1
	done
	run -0 ctl nic "$device"
	has_line "$device: driver virtio_net"
	[ "$(row tls-hw-tx-offload)" = 'no, fixed | no | no' ]
	has_text "virtio has no TLS offload: the host's card cannot be reached from a guest"
	modprobe -r virtio_net
}

@test "a bond in the right mode says that its ports count" {
	modprobe -q bonding 2>/dev/null || true
	run with_device b0 'bond mode 802.3ad xmit_hash_policy layer3+4' "$ctl_bin" nic b0
	[ "$status" -ne 77 ] || skip 'this kernel makes no bonds'
	[ "$status" -eq 0 ]
	has_line 'b0: driver bonding, bond 802.3ad layer3+4'
	has_text 'a bond does not encrypt: each connection follows the switch of its port'
}

@test "devices of another namespace are not seen" {
	run in_netns "$ctl_bin" nic
	[ "$status" -eq 0 ]
	[ "$(sed -n '/^device/,/^$/p' <<<"$output" | grep -vc -e '^device' -e '^$')" -le 6 ]
	[[ $output != *eth0* ]]
}

@test "what is fixed off cannot be switched on, and nothing is changed" {
	run -3 --separate-stderr ctl nic lo --tx on
	[ -z "$output" ]
	[[ $stderr == 'ktlsctl nic: lo: tls-hw-tx-offload cannot be switched on: the loopback device has no hardware' ||
		$stderr == 'ktlsctl: lo: tls-hw-tx-offload cannot be switched on: the loopback device has no hardware' ]]
	run -3 ctl nic lo --tx off --rx on
}

@test "switching off what is off is done" {
	run -0 ctl nic lo --tx off --rx off
	[ "$(row tls-hw-tx-offload)" = 'no, fixed | no | no' ]
}

@test "looking needs no rights" {
	[ "$(id -u)" -eq 0 ] || skip 'nobody special runs this test'
	command -v setpriv >/dev/null || skip 'setpriv is not installed'
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl_bin" nic lo
}

@test "a device that is not there, and words that are no switch" {
	run -1 --separate-stderr ctl nic no-such-dev
	[ -z "$output" ]
	[[ $stderr == *"there is no network device 'no-such-dev'" ]]
	run -1 ctl nic a-name-that-is-far-too-long-for-a-device
	run -2 --separate-stderr ctl nic lo --tx maybe
	[[ $stderr == *"--tx takes on or off, not 'maybe'"* ]]
	run -2 --separate-stderr ctl nic --tx on
	[[ $stderr == *'switching takes the name of a device'* ]]
	run -2 ctl nic lo eth0
}

@test "a recorded tree has no devices to ask" {
	run -2 --separate-stderr ctl_tree loaded-7 nic
	[[ $stderr == *'a recorded tree has none'* ]]
}

@test "completion offers the devices and the switches" {
	completion=$ctl_top/completions/bash/ktlsctl
	[ -e "$completion" ] || skip 'the completion is not here'
	offered() {
		bash -c '. "$1"; shift; COMP_WORDS=(ktlsctl "$@"); COMP_CWORD=$#; _ktlsctl; printf "%s\n" "${COMPREPLY[@]}"' \
			bash "$completion" "$@"
	}
	offered nic l | grep -qx lo
	[ "$(offered nic lo --tx '' | sort | tr '\n' ' ')" = 'off on ' ]
	[ "$(offered nic lo --tx = o | sort | tr '\n' ' ')" = 'off on ' ]
}
