import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Makes text unreadable for whoever sees a row without the installation's secret, and unusable in any other row. */
export class Seal {
  readonly #key: Buffer;

  /** The same secret has to come back: what was sealed with another one is lost. */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync("sha256", secret, "", "private keys of certificates", 32));
  }

  /** @param row what the text belongs to */
  close(text: string, row: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce).setAAD(Buffer.from(row));
    const sealed = [cipher.update(text, "utf8"), cipher.final()];
    return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]);
  }

  /** Throws for what was changed, or sealed with another secret or for another row. */
  open(sealed: Buffer, row: string): string {
    const nonce = sealed.subarray(0, nonceBytes);
    const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
    const decipher = createDecipheriv(algorithm, this.#key, nonce).setAAD(Buffer.from(row)).setAuthTag(tag);
    return decipher.update(sealed.subarray(nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8");
  }
}

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
