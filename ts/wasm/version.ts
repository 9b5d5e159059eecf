/** The package's version; a test compares it with the manifest, which functions do not carry along. */
export const VERSION = '0.1.0';
