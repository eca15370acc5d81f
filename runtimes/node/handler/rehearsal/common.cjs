/** Loaded ahead, like module.mjs. */
exports.handler = () => null;
