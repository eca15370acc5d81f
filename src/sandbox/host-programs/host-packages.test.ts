import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { installCommand, packagesOf } from "./host-packages.ts";

const needed = ["crun", "nft", "ip", "perl", "mkfs.erofs"] as const;

describe("the command that installs what containers need", () => {
  const releases = [
    ['ID=debian\nVERSION_ID="12"', "apt-get install -y crun nftables iproute2 perl-base erofs-utils"],
    ["ID=ubuntu\nID_LIKE=debian", "apt-get install -y crun nftables iproute2 perl-base erofs-utils"],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', "dnf install -y crun nftables iproute perl-interpreter erofs-utils"],
    ["ID=alpine", "apk add crun nftables iproute2 perl erofs-utils"],
    ['ID="opensuse-leap"\nID_LIKE="suse opensuse"', "zypper install crun nftables iproute2 perl erofs-utils"],
    ["ID=manjaro\nID_LIKE=arch", "pacman -S --needed crun nftables iproute2 perl erofs-utils"],
    ["ID=unheard", "install the packages crun nftables iproute2 perl erofs-utils"],
  ] as const;
  for (const [release, command] of releases) {
    it(`is in the words of ${release.split("\n")[0]}`, () => {
      assert.equal(installCommand(needed, release, true), command);
      assert.equal(command.endsWith(packagesOf(needed, release).join(" ")), true);
    });
  }
});
