// @ts-check
/**
 * A form as `multipart/form-data`.
 * @param {FormData} form
 * @returns {{ blob: Blob, type: string }}
 */
export function formBody(form) {
  const boundary = `----formdata-gust-${randomPart()}${randomPart()}`;
  /** @type {(string | Blob)[]} */
  const parts = [];
  for (const [name, value] of form) {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(withLineEnds(name))}"`;
    if (typeof value === "string") parts.push(`${start}\r\n\r\n${withLineEnds(value)}\r\n`);
    else {
      const type = value.type === "" ? "application/octet-stream" : value.type;
      parts.push(`${start}; filename="${escape(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, "\r\n");
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return { blob: new Blob(parts), type: `multipart/form-data; boundary=${boundary}` };
}

/** Loading node:crypto would take longer than all else here. */
function randomPart() {
  return Math.random().toString(36).slice(2).padEnd(11, "0");
}

/** @param {string} text */
function withLineEnds(text) {
  return text.replace(/\r?\n|\r/g, "\r\n");
}

/** @param {string} text */
function escape(text) {
  return text.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22");
}
