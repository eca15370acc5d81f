import { existsSync } from "node:fs";

const places = ["/usr/sbin", "/usr/bin"];

/** Whether one of these programs of Debian is installed. */
function isInstalled(...names: string[]): boolean {
  return names.some((name) => places.some((place) => existsSync(`${place}/${name}`)));
}

/** Why tests of containers are skipped here; false: they are not. `script/test` asks `gust doctor` and passes on what it says. */
export const withoutContainers: string | false =
  process.env["GUST_TEST_CONTAINERS"] === "no"
    ? "gust doctor says that containers do not run here"
    : process.platform === "linux" && process.getuid?.() === 0 && isInstalled("nft") && isInstalled("crun", "runc")
      ? false
      : "containers need root on Linux, crun or runc, and nftables";
