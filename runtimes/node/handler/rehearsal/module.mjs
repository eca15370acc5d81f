/** Loaded ahead, so that the first module of a function is not the first of the process. */
export const handler = () => null;
